// What each component does: rate, errors and latency, over time and against the time before.

import { ago, count, durationMs, fullTime, percent, perSecond } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { term, tracesHref } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { param, setParams } from "../../lib/route.js";
import { Change } from "../change.js";
import { ComponentName } from "../name.js";
import { SortHead, sorting } from "../sort_head.js";
import { Sparkline } from "../sparkline.js";
import { lengthS } from "./totals.js";

const SHOWN = 12;

const COLUMNS = [
  { name: "Component", sort: "name", of: (each) => each.component, ascending: true },
  { name: "Rate", sort: "rate", of: (each) => each.spanCount, title: "Spans a second, on average over the time that is shown; where none came before it, from the first one on" },
  { name: "Errors", sort: "errors", of: (each) => each.errorRate, title: "Share of the spans that failed" },
  { name: "p50", sort: "p50", of: (each) => each.p50Ms ?? -1, number: true, title: "Half of the spans took at most this long" },
  { name: "p95", sort: "p95", of: (each) => each.p95Ms ?? -1, title: "95 of 100 spans took at most this long" },
  { name: "p99", sort: "p99", of: (each) => each.p99Ms ?? -1, number: true, title: "99 of 100 spans took at most this long" },
  { name: "Last seen", sort: "seen", of: (each) => each.lastSeen, number: true },
];

export function ComponentTable({ components, question, isStale }) {
  const sorted = sorting(param("sort"), COLUMNS, "-rate");
  const rows = useSteadyOrder(components, { key: (each) => each.component, compare: sorted.compare, question: `${question} ${sorted.value}`, isStale });
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, SHOWN);
  const seconds = lengthS();
  return html`<section aria-label="Components">
    <div class="table-box"><table class="components">
      <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
      <tbody>${shown.map((each) => html`<${Row} key=${each.component} each=${each} seconds=${seconds} />`)}</tbody>
    </table></div>
    ${rows.length > SHOWN && html`<button type="button" class="plain components-more" onClick=${() => setWhole(!isWhole)}>${isWhole ? `Only the first ${SHOWN}` : `All ${rows.length} components`}</button>`}
  </section>`;
}

function Row({ each, seconds }) {
  const { before, series } = each;
  const own = term("component", each.component);
  return html`<tr>
    <td class="main-cell"><a class="row-link" href=${tracesHref(own)}><${ComponentName} name=${each.component} /></a></td>
    <td data-name="Rate"><div class="trend" title=${`${count(each.spanCount)} spans`}><b>${perSecond(each.ratePerS)}</b><${Change} kind="rate" now=${each.ratePerS} before=${before && before.spanCount / seconds} /><${Sparkline} values=${series.spans} kind="bars" title="Spans over time" tone="muted" width=${72} /></div></td>
    <td data-name="Errors"><div class="trend" title=${`${count(each.errorCount)} failed`}>${each.errorCount > 0 ? html`<a class="error-text" href=${tracesHref(`${own} status:error`)}>${percent(each.errorRate)}</a>` : html`<span class="muted">0 %</span>`}
      <${Change} kind="errors" now=${each.errorRate} before=${before?.errorRate} />
      <${Sparkline} values=${series.errors} kind="bars" tone="error" title="Failed spans over time" width=${72} /></div></td>
    <td class="number" data-name="p50">${durationMs(each.p50Ms)}</td>
    <td data-name="p95"><div class="trend"><b>${durationMs(each.p95Ms)}</b><${Change} kind="latency" now=${each.p95Ms} before=${before?.p95Ms} /><${Sparkline} values=${series.p95Ms} title="95th percentile over time" width=${72} /></div></td>
    <td class="number" data-name="p99">${durationMs(each.p99Ms)}</td>
    <td class="number muted" data-name="Last seen" title=${fullTime(each.lastSeen)}>${ago(each.lastSeen)}</td>
  </tr>`;
}
