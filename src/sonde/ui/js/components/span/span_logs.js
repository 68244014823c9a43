// The log records of a span, oldest first, with the time since its start.

import { count, duration, fullTime, nsBetween } from "../../lib/format.js";
import { classes, html, useEffect, useRef, useState } from "../../lib/html.js";
import { logsAround, logsHref, term } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { Empty, Problem, Skeleton } from "../notices.js";
import { AttributeRows } from "./attributes.js";
import { CodeLink } from "./code_link.js";
import { ExceptionCard, exceptionOf } from "./exceptions.js";
import { Capped, Value } from "./value.js";

export const MOST_LOGS = 200;
const AROUND_MS = 60_000;

// answer: of useQuery("logs", …), asked for by the panel as the conversation reads it too. chosen: the id of the one looked at.
export function SpanLogs({ span, chosen = "", answer: { data, error, loading, reload } }) {
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data && loading) return html`<${Skeleton} rows=${6} height=${24} />`;
  const logs = [...(data?.logs ?? [])].reverse();
  if (logs.length === 0) return html`<${Empty} title="This span wrote no logs."><p class="muted">Logs that are written while it is open and carry its ids appear here.</p><//>`;
  return html`<div class="span-logs">
    ${data.nextCursor && html`<p class="muted">The newest ${count(MOST_LOGS)} of more. <a href=${logsHref(`trace:${span.traceId} span:${span.spanId}`)}>All of them in Logs</a></p>`}
    <ol><${Capped} items=${logs} first=${MOST_LOGS} what="logs" row=${(log, index) => html`<${Log} key=${log.id || `${log.unixNs} ${index}`} log=${log} span=${span} isChosen=${chosen !== "" && log.id === chosen} />`} /></ol>
  </div>`;
}

function Log({ log, span, isChosen }) {
  const [isOpen, setOpen] = useState(isChosen);
  const item = useRef(null);
  useEffect(() => {
    if (!isChosen) return;
    setOpen(true);
    item.current.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const offset = nsBetween(span.startUnixNs, log.unixNs);
  const exception = exceptionOf(log.attributes);
  const hasException = Boolean(exception.type || exception.stack);
  const rest = Object.entries(log.attributes).filter(([key]) => !key.startsWith("exception."));
  const tone = log.severityNumber >= 17 ? "error" : log.severityNumber >= 13 ? "warning" : "";
  const q = `trace:${log.traceId} span:${log.spanId}`;
  return html`<li ref=${item} class=${classes("span-log", isChosen && "current")}>
    <button type="button" class="log-head" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}>
      <${Icon} name=${isOpen ? "down" : "chevron"} size=${12} />
      <span class="span-offset" title=${fullTime(log.at)}>+${duration(offset)}</span>
      <span class="span-severity ${tone && `${tone}-text`}">${(log.severity || "–").slice(0, 8)}</span>
      <span class="log-body cut">${log.eventName && html`<b><bdi>${log.eventName.slice(0, 100)}</bdi></b> `}<bdi>${log.body.slice(0, 300)}</bdi></span>
    </button>
    ${isOpen && html`<div class="log-open">
      ${log.body && html`<p class="span-words" dir="auto"><${Value} text=${log.body} first=${2000} lines=${30} /></p>`}
      ${hasException && html`<${ExceptionCard} exception=${{ ...exception, ns: null }} />`}
      ${rest.length > 0 && html`<${AttributeRows} entries=${rest} />`}
      <div class="span-ways">
        <a href=${logsAround(q, Number(BigInt(log.unixNs) / 1_000_000n), AROUND_MS) + (log.id ? `&log=${encodeURIComponent(log.id)}` : "")}><${Icon} name="logs" size=${14} /> In Logs</a>
        ${log.eventName && log.eventName.length < 1000 && html`<a href=${logsHref(term("event", log.eventName))}>All events of this name</a>`}
        <${CodeLink} attributes=${log.attributes} />
      </div>
    </div>`}
  </li>`;
}
