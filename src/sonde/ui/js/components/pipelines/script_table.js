// How scripts fare, a line each: how often they ran, failed, blocked and were skipped, and how long they took. Opened, over time.

import { count, durationMs, fullTime, percent, perSecond } from "../../lib/format.js";
import { shortId } from "../../lib/hash.js";
import { Fragment, classes, html, useRef } from "../../lib/html.js";
import { pipelineHref } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { hrefHere, param, setParams } from "../../lib/route.js";
import { setRange } from "../../lib/time.js";
import { Icon } from "../icons.js";
import { ComponentName, DataText } from "../name.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";
import { Sparkline } from "../sparkline.js";
import { OutcomeBars } from "./outcome_bars.js";
import { ScriptOverTime } from "./script_over_time.js";

const COLUMNS = [
  { name: "Script", sort: "name", of: (each) => each.name, ascending: true },
  { name: "Trigger", sort: "trigger", of: (each) => each.triggerEvent, ascending: true },
  { name: "Layer", sort: "layer", of: (each) => each.layerIndex * 1e6 + each.parallelIndex, ascending: true, number: true },
  { name: "Ran", sort: "ran", of: (each) => each.runCount, number: true },
  { name: "Over time" },
  { name: "Errors", sort: "errors", of: (each) => each.errorRate, number: true },
  { name: "Blocked", sort: "blocked", of: (each) => each.blockRate, number: true },
  { name: "Skipped", sort: "skipped", of: (each) => each.skipRate, number: true },
  { name: "p50", sort: "p50", of: (each) => each.p50Ms ?? -1, number: true },
  { name: "p95", sort: "p95", of: (each) => each.p95Ms ?? -1, number: true },
  { name: "Max", sort: "max", of: (each) => each.maxMs ?? -1, number: true },
  { name: "p95 over time" },
];

// Executions that may say why.
const WAYS = [
  { number: "errorCount", status: "error", name: "Executions of its trigger that failed" },
  { number: "blockCount", status: "blocked", name: "Those that were blocked" },
];

export function ScriptTable({ scripts, stepMs, isStale }) {
  const sorted = sorting(param("sort"), COLUMNS, "layer");
  const rows = useSteadyOrder(scripts, { key: idOf, compare: sorted.compare, question: sorted.value, isStale });
  const body = useRef(null);
  useRowKeys(body, "script");
  const opened = param("open");
  const toggle = (id) => setParams({ open: id === opened ? "" : id }, { replace: true });
  return html`<div class="table-box"><table class=${classes("scripts stacked", isStale && "stale")}>
    <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
    <tbody ref=${body}>${rows.map((each) => {
      const id = idOf(each);
      const isOpen = id === opened;
      return html`<${Fragment} key=${id}>
        <${Row} each=${each} isOpen=${isOpen} onToggle=${() => toggle(id)} />
        ${isOpen && html`<tr class="opened"><td colspan=${COLUMNS.length}><${Opened} script=${each} stepMs=${stepMs} /></td></tr>`}
      <//>`;
    })}</tbody>
  </table></div>`;
}

function Row({ each, isOpen, onToggle }) {
  const { series } = each;
  return html`<tr class=${classes(isOpen && "current")}>
    <td class="main-cell"><button type="button" class="plain row-link" aria-expanded=${String(isOpen)} title=${isOpen ? "Close it" : "Show it over time"} onClick=${onToggle}>
      <${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /><span class="script-title"><${DataText} text=${each.name} otherwise="(no name)" />
        <span class="where"><${ComponentName} name=${each.service} />${each.scriptId && html`<${DataText} text=${each.scriptId} />`}</span></span></button></td>
    <td data-name="Trigger" class="trigger-cell"><a href=${hrefHere("/pipelines", { trigger: each.triggerEvent })} title="Executions of this trigger"><${DataText} text=${each.triggerEvent} /></a></td>
    <td data-name="Layer" class="number"><span>${each.layerIndex}<span class="muted">.${each.parallelIndex}</span></span></td>
    <td data-name="Ran" class="number nowrap" title=${`${count(each.count)} with those skipped`}><span>${count(each.runCount)} <span class="muted rate">${perSecond(each.ratePerS)}</span></span></td>
    <td data-name="Over time"><${OutcomeBars} series=${series} name=${each.name} /></td>
    <td data-name="Errors" class=${classes("number", each.errorCount > 0 ? "error-text" : "muted")} title=${count(each.errorCount)}>${percent(each.errorRate)}</td>
    <td data-name="Blocked" class=${classes("number", each.blockCount > 0 ? "warning-text" : "muted")} title=${count(each.blockCount)}>${percent(each.blockRate)}</td>
    <td data-name="Skipped" class="number muted" title=${count(each.skipCount)}>${percent(each.skipRate)}</td>
    <td data-name="p50" class="number">${durationMs(each.p50Ms)}</td>
    <td data-name="p95" class="number">${durationMs(each.p95Ms)}</td>
    <td data-name="Max" class="number">${durationMs(each.maxMs)}</td>
    <td data-name="p95 over time"><${Sparkline} values=${series.p95Ms} title=${`p95 of ${each.name.slice(0, 60)} over time`} /></td>
  </tr>`;
}

function Opened({ script, stepMs }) {
  return html`<div class="opened-script">
    <${ScriptOverTime} script=${script} stepMs=${stepMs} onRange=${setRange} />
    <p class="group-ways">
      <a class="button" href=${pipelineHref(script.lastTraceId)} title=${fullTime(script.lastSeen)}><${Icon} name="pipelines" size=${14} /> Its newest execution</a>
      ${WAYS.filter(({ number }) => script[number] > 0).map(({ status, name }) => html`<a key=${status} href=${hrefHere("/pipelines", { trigger: script.triggerEvent, status })}>${name}</a>`)}
    </p>
  </div>`;
}

// A short name for the address: scripts of other services and triggers may have the same.
function idOf({ triggerEvent, service, scriptId, name }) {
  return shortId(JSON.stringify([triggerEvent, service, scriptId, name]));
}
