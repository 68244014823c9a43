// Rules that were broken, each with the traces that show it.

import { clock, counted, fullTime, shortened } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";

const SHOWN = 20;
const TRACES_SHOWN = 6;

export function Violations({ violations, count }) {
  const [most, setMost] = useState(SHOWN);
  return html`<section class="notice violations" aria-label="Violations">
    <h2>${counted(count, "violation")} <span class="muted">rules that what is recorded breaks</span></h2>
    <ul>${violations.slice(0, most).map((event) => html`<li key=${event.eventId}>
      <b><bdi>${shortened(event.violation.rule, 200) || "(no rule)"}</bdi></b><${ViolationText} event=${event} /><span class="muted nowrap" title=${fullTime(event.at)}>found ${clock(event.at)}</span><${ViolationTraces} event=${event} />
    </li>`)}</ul>
    ${violations.length > most && html`<button type="button" class="plain" onClick=${() => setMost(most + 200)}>${counted(violations.length - most, "more", "more")}</button>`}
  </section>`;
}

// What it says besides its rule.
export function ViolationText({ event }) {
  const { rule } = event.violation;
  const text = event.message.startsWith(rule) ? event.message.slice(rule.length).replace(/^: /, "") : event.message;
  return text ? html`<bdi title=${shortened(text, 1000)}>${shortened(text, 300)}</bdi>` : null;
}

// Of both sides, as a rule: the trace that wrote one and the trace that wrote the other.
export function ViolationTraces({ event }) {
  const { traceIds } = event.violation;
  const shown = traceIds.slice(0, TRACES_SHOWN);
  return html`<span class="violation-traces">${shown.map((traceId, at) => html`<a key=${traceId} class="row-link" href=${traceHref(traceId)} title=${`Trace ${shortened(traceId, 64)}`}>${traceIds.length > 1 ? `trace ${at + 1}` : "trace"} <code>${shortened(traceId, 8)}</code></a>`)}${traceIds.length > shown.length && html`<span class="muted">and ${traceIds.length - shown.length} more</span>`}</span>`;
}
