// The head of a span: what it is, when, how long, and where it stands in its trace.

import { colourOf } from "../../lib/colours.js";
import { ago, clock, count, duration, fullTime, percent } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { logsHref, term, tracesHref } from "../../lib/links.js";
import { around, reaching } from "../../lib/time.js";
import { toneOf } from "../../lib/tones.js";
import { Icon } from "../icons.js";
import { CodeLink } from "./code_link.js";
import { Value } from "./value.js";

const SHOWN_ANCESTORS = 4;
// The search takes no longer names.
const LONGEST_NAME = 1000;
const PADDING_MS = 60_000;

// Statuses are Sonde's own; those that are no failure are quiet.

export function Head({ span, overview, onChoose }) {
  const isError = span.statusCode === "Error";
  const share = overview?.durationNs > 0 ? span.durationNs / overview.durationNs : null;
  return html`<header class="span-head">
    <h2><${Value} text=${span.operation || "(no name)"} first=${160} lines=${3} /></h2>
    <div class="span-chips">
      <span class="chip">${span.kind}</span>
      ${span.isOpen && html`<span class="chip warning">running</span>`}
      ${isError ? html`<span class="chip error">${span.status || "error"}</span>` : !["", "unset"].includes(span.status) && html`<span class="chip ${toneOf(span.status)}">${span.status}</span>`}
      ${span.orphan && html`<span class="chip warning" title=${span.parentSpanId ? `Its parent ${span.parentSpanId} has not arrived` : ""}>parent missing</span>`}
      ${span.sampleWeight !== 1 && html`<span class="chip" title="Sampling kept one in so many; counts take it for all of them">stands for ${count(span.sampleWeight)}</span>`}
      ${span.component !== span.service && html`<span class="chip" title="Component"><bdi>${span.component.slice(0, 100)}</bdi></span>`}
    </div>
    ${span.statusMessage && html`<p class=${isError ? "status-message error" : "status-message"}><${Value} text=${span.statusMessage} /></p>`}
    <dl class="span-facts">
      <div><dt>Start</dt><dd title=${fullTime(span.startedAt)}>${clock(span.startedAt)} <span class="muted">+${duration(span.startNs)} · ${ago(span.startedAt)}</span></dd></div>
      <div><dt>Duration</dt><dd>${span.isOpen ? "still running" : duration(span.durationNs)}${share !== null && !span.isOpen && html` <span class="muted">${percent(share)} of the trace</span>`}</dd></div>
      ${!span.isOpen && html`<div><dt>Self time</dt><dd>${duration(span.selfNs)} <span class="muted">${percent(span.durationNs ? span.selfNs / span.durationNs : 0)}</span></dd></div>`}
    </dl>
    ${overview?.durationNs > 0 && html`<${Place} span=${span} whole=${overview.durationNs} />`}
    ${span.ancestors.length > 0 && html`<${Path} ancestors=${span.ancestors} onChoose=${onChoose} key=${span.spanId} />`}
    <${Ways} span=${span} />
  </header>`;
}

// Where in the trace it lies; what it did itself is not told apart here, only from when to when.
function Place({ span, whole }) {
  const from = Math.min(Math.max(span.startNs / whole, 0), 1);
  const width = span.isOpen ? 1 - from : Math.min(span.durationNs / whole, 1 - from);
  return html`<div class="span-place" aria-hidden="true"><span style=${{ left: `${100 * from}%`, width: `${Math.max(100 * width, 0.5)}%`, background: colourOf(span.component || span.service) }}></span></div>`;
}

function Path({ ancestors, onChoose }) {
  const [isWhole, setWhole] = useState(ancestors.length <= SHOWN_ANCESTORS + 1);
  const shown = isWhole ? ancestors.slice(-500) : [ancestors[0], ...ancestors.slice(1 - SHOWN_ANCESTORS)];
  return html`<nav class="ancestors" aria-label="Spans above this one"><ol>
    ${shown.map((each, index) => html`<li key=${each.spanId}>
      <button type="button" class="plain" title=${`${each.operation.slice(0, 300)} (${each.service.slice(0, 100)})`} onClick=${() => onChoose?.(each.spanId)}>
        <i class="swatch" style=${{ background: colourOf(each.service) }}></i> <bdi class="cut">${each.operation.slice(0, 200) || "(no name)"}</bdi></button>
      ${!isWhole && index === 0 && html`<button type="button" class="plain" aria-label=${`Show ${ancestors.length - shown.length} more spans above`} onClick=${() => setWhole(true)}>… ${count(ancestors.length - shown.length)}</button>`}
    </li>`)}
  </ol></nav>`;
}

function Ways({ span }) {
  const startMs = Date.parse(span.startedAt);
  const endMs = span.isOpen ? Date.now() : startMs + span.durationNs / 1e6;
  const when = { ...around((startMs + endMs) / 2, (endMs - startMs) / 2 + PADDING_MS), every: "" };
  const isNamed = span.service.length <= LONGEST_NAME;
  const service = term("service", span.service.slice(0, LONGEST_NAME));
  const then = reaching(startMs);
  return html`<div class="span-ways">
    <a href=${logsHref(`trace:${span.traceId} span:${span.spanId}`, when)}><${Icon} name="logs" size=${14} /> Logs of this span</a>
    ${isNamed && span.operation.length <= LONGEST_NAME && html`<a href=${tracesHref(`${service} ${term("operation", span.operation)}`, then)}><${Icon} name="traces" size=${14} /> Same operation</a>`}
    ${isNamed && html`<a href=${tracesHref(service, then)}><${Icon} name="filter" size=${14} /> Same service</a>`}
    <a href=${tracesHref("", when)} title="All traces of the same time, and of a minute before and after"><${Icon} name="clock" size=${14} /> Around this time</a>
    <${CodeLink} attributes=${span.attributes} />
  </div>`;
}
