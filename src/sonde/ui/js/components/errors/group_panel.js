// A group of failures: what, where, since when, and samples with their stack trace.

import { ago, count, fullTime } from "../../lib/format.js";
import { html, useEffect, useRef } from "../../lib/html.js";
import { logsHref, term, traceHref, tracesHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { bounds, setRange } from "../../lib/time.js";
import { Histogram } from "../histogram.js";
import { Icon } from "../icons.js";
import { ComponentName } from "../name.js";
import { Empty, Skeleton } from "../notices.js";
import { ExceptionCard, exceptionOf, exceptionsOf } from "../span/exceptions.js";
import { Value } from "../span/value.js";

export function GroupPanel({ group, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    // On a narrow page the panel stands in the place of the list.
    if (box.current && matchMedia("(max-width: 1100px)").matches) box.current.scrollIntoView({ block: "nearest" });
  }, []);
  return html`<aside ref=${box} class="panel-box group-panel" aria-label="The opened group">
    <button type="button" class="plain close" aria-label="Close the group" title="Close (Esc)" onClick=${onClose}><${Icon} name="close" /></button>
    ${group ? html`<${Opened} group=${group} />` : html`<${Empty} title="This group has no failure in this time."><p class="muted">Choose a longer time, or another group.</p><//>`}
  </aside>`;
}

function Opened({ group }) {
  const { series } = group;
  const component = group.component || group.service;
  const stepMs = series.ms.length > 1 ? series.ms[1] - series.ms[0] : 60_000;
  const inTraces = [term("component", component), term("operation", group.operation), group.exceptionType ? term("text", group.exceptionType).slice(5) : "status:error"];
  const inLogs = [term("service", group.service), group.exceptionType ? term("text", group.exceptionType).slice(5) : "is:error"];
  return html`
    <h2 class="group-title">${group.isNew && html`<span class="chip warning" title="Not seen in the time before">new</span> `}<span class="error-text"><${Value} text=${group.exceptionType || "Failed"} first=${200} lines=${2} /></span></h2>
    ${group.message && html`<p class="group-message"><${Value} text=${group.message} first=${500} /></p>`}
    <dl class="fact-pairs">
      <dt>In</dt><dd><a href=${tracesHref(term("component", component))}><${ComponentName} name=${component} /></a></dd>
      <dt>Operation</dt><dd>${group.operation ? html`<a href=${tracesHref(inTraces.slice(0, 2).join(" "))}><bdi>${group.operation.slice(0, 300)}</bdi></a>` : html`<span class="muted">none</span>`}</dd>
      <dt>Happened</dt><dd><b>${count(group.count)}×</b> in ${count(group.traceCount)} ${group.traceCount === 1 ? "trace" : "traces"}${group.handled === null ? "" : group.handled ? ", handled" : ", not handled"}</dd>
      <dt>First seen</dt><dd title=${fullTime(group.firstSeen)}>${ago(group.firstSeen)} <span class="muted">in this time</span></dd>
      <dt>Last seen</dt><dd title=${fullTime(group.lastSeen)}>${ago(group.lastSeen)}</dd>
    </dl>
    <${Histogram} label="How often; drag to choose a range" height=${64} range=${bounds()} stepMs=${stepMs} onRange=${setRange}
      series=${[{ name: "failed", colour: "--error", points: series.ms.map((ms, at) => [ms, series.counts[at]]) }]} />
    <p class="group-ways">
      ${group.sampleTraceIds.length > 0 && html`<span class="muted">Newest traces</span>`}
      ${group.sampleTraceIds.map((id, at) => html`<a key=${id} class="button" href=${traceHref(id, at === 0 ? { span: group.sampleSpanId } : {})} title=${`Trace ${id}`}><${Icon} name="traces" size=${14} /> <code>${id.slice(0, 8)}</code></a>`)}
      <a href=${tracesHref(inTraces.join(" "))}>All traces with it</a>
      <a href=${logsHref(inLogs.join(" "))}>Logs with it</a>
    </p>
    <${Sample} group=${group} />`;
}

// The exception as the newest sample has it; where its span has none, a log of the span may.
function Sample({ group }) {
  const [trace] = group.sampleTraceIds;
  const hasSpan = Boolean(trace && group.sampleSpanId);
  const { data: span, error } = useQuery(hasSpan ? `traces/${encodeURIComponent(trace)}/spans/${encodeURIComponent(group.sampleSpanId)}` : null, {}, { refresh: false });
  const own = span ? exceptionsOf(span) : [];
  const isInLogs = hasSpan && (Boolean(error) || (span && !own.some((each) => each.stack)));
  const logs = useQuery(isInLogs ? "logs" : null, { q: `trace:${trace} span:${group.sampleSpanId} has:exception.type`, since: "3650d", limit: 1 }, { refresh: false });
  if (!hasSpan) return null;
  if (!span && !error) return html`<${Skeleton} rows=${4} />`;
  const logged = (logs.data?.logs ?? []).map((each) => ({ ...exceptionOf(each.attributes), ns: null }));
  const found = own.some((each) => each.stack) || logged.length === 0 ? own : logged;
  const same = found.find((each) => each.type === group.exceptionType) ?? found[0];
  if (!same) return span?.statusMessage && span.statusMessage !== group.message ? html`<p><${Value} text=${span.statusMessage} /></p>` : null;
  return html`<section aria-label="The newest sample"><h3>The newest</h3><${ExceptionCard} exception=${same} /></section>`;
}
