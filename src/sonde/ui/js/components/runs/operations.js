// What a run did, operation by operation, and what the last good run took for the same.

import { count, durationMs } from "../../lib/format.js";
import { classes, html, useState } from "../../lib/html.js";
import { term, tracesHref, valueTerm } from "../../lib/links.js";
import { ComponentName, DataText } from "../name.js";

const SHOWN = 20;
// A difference below this share is noise.
const NOISE = 0.2;

export function RunOperations({ run, span }) {
  const [isWhole, setWhole] = useState(false);
  const compared = run.comparison?.operations ?? run.operations.map((each) => ({ ...each, count: [each.count, null], totalMs: [each.totalMs, null], errors: [each.errors, null] }));
  const rows = isWhole ? compared : compared.slice(0, SHOWN);
  const isCompared = Boolean(run.comparison);
  return html`<section class="run-operations" aria-label="Operations">
    <div class="table-box"><table>
      <caption class="visually-hidden">Operations of the run${isCompared ? ", and of the last good run" : ""}</caption>
      <thead><tr><th>Operation</th><th class="number">Spans</th><th class="number">Errors</th><th class="number">Total</th>${isCompared && html`<th class="number">Last good</th><th class="number">Difference</th>`}</tr></thead>
      <tbody>${rows.map((each) => html`<${Row} key=${`${each.service}\n${each.operation}`} each=${each} run=${run} span=${span} isCompared=${isCompared} />`)}</tbody>
    </table></div>
    ${compared.length > SHOWN && html`<button type="button" class="plain" onClick=${() => setWhole(!isWhole)}>${isWhole ? `Only the first ${SHOWN}` : `All ${compared.length} operations`}</button>`}
  </section>`;
}

function Row({ each, run, span, isCompared }) {
  const [spans, spansThen] = each.count;
  const [errors] = each.errors;
  const [now, then] = each.totalMs;
  const q = `${term("run", run.runId)} ${valueTerm("service", each.service)} ${valueTerm("operation", each.operation)}`;
  return html`<tr class=${classes(spans === 0 && "absent")}>
    <td class="main-cell"><a class="row-link" href=${tracesHref(q, { ...span, show: "spans" })}><${DataText} text=${each.operation} otherwise="(no name)" /><span class="where"><${ComponentName} name=${each.service} /></span></a></td>
    <td class="number" title=${isCompared ? `${count(spansThen)} in the last good run` : null}>${count(spans)}${isCompared && spans !== spansThen && html` <span class="muted">was ${count(spansThen)}</span>`}</td>
    <td class=${classes("number", errors > 0 && "error-text")}>${errors > 0 ? count(errors) : html`<span class="muted">–</span>`}</td>
    <td class="number"><b>${spans === 0 ? "–" : durationMs(now)}</b></td>
    ${isCompared && html`<td class="number muted">${spansThen === 0 ? "–" : durationMs(then)}</td><td class="number"><${Difference} now=${now} then=${then} spans=${spans} spansThen=${spansThen} /></td>`}
  </tr>`;
}

function Difference({ now, then, spans, spansThen }) {
  if (spansThen === 0) return html`<span class="chip">new</span>`;
  if (spans === 0) return html`<span class="chip warning">missing</span>`;
  const difference = now - then;
  if (difference === 0) return html`<span class="muted">same</span>`;
  const isNoise = Math.abs(difference) < NOISE * then;
  return html`<span class=${isNoise ? "muted" : difference > 0 ? "error-text" : "success-text"}>${difference < 0 ? "−" : "+"}${durationMs(Math.abs(difference))}</span>`;
}
