// All that a log record says, beside the table.

import { copy } from "../../lib/clipboard.js";
import { colourOf } from "../../lib/colours.js";
import { ago, clock, dateTime, shortened } from "../../lib/format.js";
import { html, useEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { entityHref, isHarmless, logsHref, term, traceHref, tracesHref, valueTerm } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { hrefHere, param, setParams } from "../../lib/route.js";
import { opposite, withTerm } from "../../lib/terms.js";
import { around } from "../../lib/time.js";
import { Icon } from "../icons.js";
import { Belongings, belongingsOf } from "../span/belongings.js";
import { CodeLink } from "../span/code_link.js";
import { ExceptionCard, exceptionOf } from "../span/exceptions.js";
import { canBeColumn, hasColumn, toggleColumn } from "./columns.js";
import { Severity } from "./severity.js";

const SHOWN = 5000;
const CORRELATED = [["run", "runId"], ["orchestration", "orchestrationId"], ["correlation", "correlationId"], ["session", "sessionId"], ["trigger", "triggerEvent"]];
const MINUTE_MS = 60e3;

export function LogPanel({ log, onClose, onContext }) {
  const box = useRef(null);
  useEffect(() => { box.current.scrollTop = 0; }, [log]);
  const exception = exceptionOf(log.attributes);
  const isException = Object.values(exception).some(Boolean);
  const own = Object.entries(log.attributes).filter(([key]) => !(isException && key.startsWith("exception.")));
  const fields = [["component", log.component], ["service", log.service], ["event", log.eventName], ["trace", log.traceId], ["span", log.spanId], ...CORRELATED.map(([key, name]) => [key, log[name]])].filter(([, value]) => value);
  const touched = useQuery(log.runId || log.traceId ? "entities/touched" : null, { runId: log.runId, traceId: log.traceId }, { refresh: false });
  const belongings = useMemo(() => withTouched(belongingsOf(log), touched.data?.entities), [log, touched.data]);
  const atMs = Date.parse(log.at);
  return html`<aside class="log-panel" aria-label="The record">
    <header>
      <${Severity} log=${log} />
      <span class="what cut"><i class="swatch" style=${{ background: colourOf(log.component || log.service) }}></i> <bdi>${shortened(log.component || log.service, 80)}</bdi></span>
      <span class="muted nowrap" title=${`${log.unixNs} ns since 1970`}>${clock(log.at)} · ${ago(log.at)}</span>
      <button type="button" class="plain" aria-label="Close the record" title="Close (Esc)" onClick=${onClose}><${Icon} name="close" /></button>
    </header>
    <div ref=${box} class="log-panel-body" tabindex="0" role="group" aria-label="What the record says">
      <nav class="ways-out" aria-label="From here">
        ${log.traceId && html`<a class="button" href=${traceHref(log.traceId, { span: log.spanId })}><${Icon} name="traces" size=${13} /> Trace</a>
          <a class="button" href=${logsHref(term("trace", log.traceId))} title="All logs of this trace">Its logs</a>`}
        ${log.id && html`<button type="button" onClick=${onContext} title="The lines before and after, of the same process (c)">Before and after</button>`}
        <a class="button" href=${hrefHere("/logs", { q: "", ...around(atMs, MINUTE_MS), every: "", log: log.id })} title="All logs of a minute before and after">Around this time</a>
        <a class="button" href=${tracesHref("", { ...around(atMs, MINUTE_MS), every: "" })} title="Traces of a minute before and after">Traces then</a>
        <${CodeLink} attributes=${log.attributes} />
      </nav>
      ${log.eventName && html`<p><bdi class="chip event">${shortened(log.eventName)}</bdi></p>`}
      ${log.body && html`<${LongText} text=${pretty(log.body)} original=${log.body} name="body" />`}
      ${isException && html`<section><h2>Exception</h2><${ExceptionCard} exception=${{ ...exception, ns: null }} /></section>`}
      ${belongings.length > 0 && html`<${Belongings} items=${belongings} />`}
      <${Pairs} title="Fields" pairs=${fields} />
      <${Pairs} title="Attributes" pairs=${own} />
      <${Pairs} title="Resource" pairs=${Object.entries(log.resource)} isFolded />
      <${Pairs} title="Scope" pairs=${[["scope", log.scope.name], ["version", log.scope.version], ...Object.entries(log.scope.attributes)].filter(([, value]) => value)} isFolded isPlain />
      <p class="muted note">Time ${dateTime(log.at)}${log.observedAt && log.observedAt !== log.at ? ` · observed ${clock(log.observedAt)}` : ""}${log.receivedAt ? ` · received ${clock(log.receivedAt)}` : ""}</p>
    </div>
  </aside>`;
}

// What the record belongs to, and what its run and trace touched besides.
function withTouched(belongings, entities = []) {
  const known = new Set(belongings.map((each) => each.href));
  const others = entities.map(({ type, id }) => ({ what: type, value: id, q: "", url: "", href: entityHref(type, id) }));
  return [...belongings, ...others.filter((each) => !known.has(each.href))];
}

// A text of any length in lines as it has them; a very long one as a whole only when it is wanted.
function LongText({ text, original, name }) {
  const [isWhole, setWhole] = useState(false);
  useEffect(() => setWhole(false), [text]);
  return html`<div class="long-text">
    <pre dir="auto" tabindex="0" aria-label=${name}>${isWhole ? text : shortened(text, SHOWN)}</pre>
    <button type="button" class="plain" aria-label=${`Copy the ${name}`} title="Copy" onClick=${() => copy(original)}><${Icon} name="copy" size=${13} /></button>
    ${text.length > SHOWN && html`<button type="button" class="whole" onClick=${() => setWhole(!isWhole)}>${isWhole ? "Show the beginning" : `Show all ${text.length.toLocaleString("en-US")} characters`}</button>`}
  </div>`;
}

function Pairs({ title, pairs, isFolded = false, isPlain = false }) {
  const [isOpen, setOpen] = useState(!isFolded);
  if (pairs.length === 0) return null;
  return html`<section class="pairs">
    <h2><button type="button" class="facet-name" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /> ${title} <span class="muted">${pairs.length}</span></button></h2>
    ${isOpen && html`<dl>${[...pairs].sort(([one], [other]) => (title === "Fields" ? 0 : one < other ? -1 : 1)).map(([key, value]) => html`<${Pair} key=${key} name=${key} value=${value} isPlain=${isPlain} />`)}</dl>`}
  </section>`;
}

function Pair({ name, value, isPlain }) {
  const shown = shortened(name, 80);
  const wanted = valueTerm(name, value);
  const q = param("q");
  const link = /^https?:\/\/\S+$/.test(value) && isHarmless(value);
  const [isWhole, setWhole] = useState(false);
  const button = (label, icon, run, pressed) => html`<button type="button" class="plain" aria-label=${`${label}: ${shown}`} title=${label} aria-pressed=${pressed} onClick=${run}><${Icon} name=${icon} size=${13} /></button>`;
  return html`<div class="pair">
    <dt title=${shown}><bdi>${shown}</bdi></dt>
    <dd>${link ? html`<a href=${value} target="_blank" rel="noopener noreferrer"><bdi>${shortened(value)}</bdi></a>` : html`<bdi class="value">${isWhole ? value : shortened(value, 500)}</bdi>`}
      ${value.length > 500 && html` <button type="button" class="plain" onClick=${() => setWhole(!isWhole)}>${isWhole ? "less" : "more"}</button>`}</dd>
    <dd class="pair-tools">
      ${!isPlain && html`${button("Only these", "filter", () => setParams({ q: withTerm(q, wanted) }))}
        ${button("Exclude these", "exclude", () => setParams({ q: withTerm(q, opposite(wanted)) }))}
        ${canBeColumn(name) && button(hasColumn(name) ? "No column of it" : "As a column", "columns", () => toggleColumn(name), String(hasColumn(name)))}`}
      ${button("Copy", "copy", () => copy(value))}
    </dd>
  </div>`;
}

// JSON with its levels indented; any other text as it is.
function pretty(text) {
  if (!/^\s*[[{]/.test(text) || text.length > 500_000) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
