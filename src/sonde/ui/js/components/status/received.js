// What the server was sent since its start: taken, left out, refused, sent again.

import { count, perSecond } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { Card } from "../card.js";

const USUAL = ["traces", "logs", "metrics"];
const NAMES = { traces: "Spans", logs: "Logs", metrics: "Metric points" };

export function Received({ status }) {
  const { accepted, rejected, refused, duplicateRequests, rates } = status;
  // Refusals are counted by signal and reason: "traces too_large".
  const reasons = Object.entries(refused).map(([why, number]) => [...split(why), number]);
  const signals = [...new Set([...USUAL, ...Object.keys(accepted), ...Object.keys(rejected), ...reasons.map(([signal]) => signal)])].filter(Boolean);
  const refusedOf = (signal) => reasons.filter(([each]) => each === signal).reduce((sum, [, , number]) => sum + number, 0);
  return html`<${Card} title="Received" note="since the start">
    <div class="table-scroll"><table class="compact">
      <thead><tr><th>Signal</th>${rates && html`<th class="number" title="Over the last minute">A second</th>`}<th class="number" title="Records that were taken and are kept">Accepted</th><th class="number" title="Records left out of a request whose others were taken">Rejected</th>
        <th class="number" title="Whole requests that were not taken; senders try again or drop them">Refused</th><th class="number" title="Requests that were sent again and are kept once">Sent again</th></tr></thead>
      <tbody>${signals.map((signal) => html`<tr key=${signal}><td>${NAMES[signal] ?? signal}</td>
        ${rates && html`<td class="number"><b>${perSecond(rates[signal] ?? 0)}</b></td>`}
        <${Number} value=${accepted[signal]} /><${Number} value=${rejected[signal]} isBad /><${Number} value=${refusedOf(signal)} isBad /><${Number} value=${duplicateRequests[signal]} /></tr>`)}</tbody>
    </table></div>
    ${reasons.length > 0 && html`<ul class="reasons" aria-label="Why requests were refused">${reasons.map(([signal, why, number]) => html`<li key=${`${signal} ${why}`}><span class="warning-text">${count(number)}×</span> ${NAMES[signal] ?? signal}: ${why.replaceAll("_", " ")}</li>`)}</ul>`}
  <//>`;
}

function Number({ value = 0, isBad = false }) {
  return html`<td class=${`number ${value === 0 ? "muted" : isBad ? "warning-text" : ""}`}>${count(value)}</td>`;
}

function split(why) {
  const at = why.indexOf(" ");
  return at < 0 ? ["", why] : [why.slice(0, at), why.slice(at + 1)];
}
