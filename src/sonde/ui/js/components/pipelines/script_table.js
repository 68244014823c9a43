// How scripts fare: how often they ran, failed, blocked and were skipped, and how long they took, over time.

import { count, durationMs, percent, perSecond } from "../../lib/format.js";
import { classes, html, useRef } from "../../lib/html.js";
import { pipelineHref } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { hrefHere, param, setParams } from "../../lib/route.js";
import { DataText } from "../name.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";
import { Sparkline } from "../sparkline.js";
import { OutcomeBars } from "./outcome_bars.js";

const COLUMNS = [
  { name: "Script", sort: "name", of: (each) => each.name, ascending: true },
  { name: "Trigger", sort: "trigger", of: (each) => each.triggerEvent, ascending: true },
  { name: "Layer", sort: "layer", of: (each) => each.layerIndex * 1e6 + each.parallelIndex, ascending: true, number: true },
  { name: "Ran", sort: "ran", of: (each) => each.count, number: true },
  { name: "Over time" },
  { name: "Errors", sort: "errors", of: (each) => each.errorRate, number: true },
  { name: "Blocked", sort: "blocked", of: (each) => each.blockRate, number: true },
  { name: "Skipped", sort: "skipped", of: (each) => each.skipRate, number: true },
  { name: "p50", sort: "p50", of: (each) => each.p50Ms ?? -1, number: true },
  { name: "p95", sort: "p95", of: (each) => each.p95Ms ?? -1, number: true },
  { name: "Max", sort: "max", of: (each) => each.maxMs ?? -1, number: true },
  { name: "p95 over time" },
];

export function ScriptTable({ scripts, isStale }) {
  const sorted = sorting(param("sort"), COLUMNS, "layer");
  const rows = useSteadyOrder(scripts, { key: keyOf, compare: sorted.compare, question: sorted.value, isStale });
  const body = useRef(null);
  useRowKeys(body, "script");
  return html`<div class="table-box"><table class=${classes("scripts", isStale && "stale")}>
    <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
    <tbody ref=${body}>${rows.map((each) => html`<${Row} key=${keyOf(each)} each=${each} />`)}</tbody>
  </table></div>`;
}

function keyOf(each) {
  return JSON.stringify([each.triggerEvent, each.scriptId, each.name]);
}

function Row({ each }) {
  const { series } = each;
  return html`<tr>
    <td class="main-cell"><a class="row-link" href=${pipelineHref(each.lastTraceId)} title="Its newest execution"><${DataText} text=${each.name} otherwise="(no name)" /></a>
      ${each.scriptId && html` <span class="muted script-id"><${DataText} text=${each.scriptId} /></span>`}</td>
    <td class="trigger-cell"><a href=${hrefHere("/pipelines", { trigger: each.triggerEvent })} title="Executions of this trigger"><${DataText} text=${each.triggerEvent} /></a></td>
    <td class="number">${each.layerIndex}<span class="muted">.${each.parallelIndex}</span></td>
    <td class="number nowrap">${count(each.count)} <span class="muted rate">${perSecond(each.ratePerS)}</span></td>
    <td><${OutcomeBars} series=${series} name=${each.name} /></td>
    <td class=${classes("number", each.errorCount > 0 ? "error-text" : "muted")} title=${count(each.errorCount)}>${percent(each.errorRate)}</td>
    <td class=${classes("number", each.blockCount > 0 ? "warning-text" : "muted")} title=${count(each.blockCount)}>${percent(each.blockRate)}</td>
    <td class="number muted" title=${count(each.skipCount)}>${percent(each.skipRate)}</td>
    <td class="number">${durationMs(each.p50Ms)}</td>
    <td class="number">${durationMs(each.p95Ms)}</td>
    <td class="number">${durationMs(each.maxMs)}</td>
    <td><${Sparkline} values=${series.p95Ms} title=${`p95 of ${each.name.slice(0, 60)} over time`} /></td>
  </tr>`;
}
