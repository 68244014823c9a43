// Statements by the time they took, one line each; opened they are laid out.

import { count, durationMs, percent, shortened } from "../../lib/format.js";
import { shortId } from "../../lib/hash.js";
import { Fragment, classes, html, useRef } from "../../lib/html.js";
import { term, traceHref, tracesHref } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";
import { ComponentName } from "../name.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";
import { Database, databaseOf } from "../span/protocols.js";

const COLUMNS = [
  { name: "Statement", sort: "text", of: (each) => each.text, ascending: true },
  { name: "Service", sort: "service", of: (each) => each.service, ascending: true },
  { name: "Time", sort: "total", of: (each) => each.totalMs, title: "All its executions together, and their share of all listed" },
  { name: "Count", sort: "count", of: (each) => each.count, number: true },
  { name: "Errors", sort: "errors", of: (each) => each.errorCount, number: true },
  { name: "p50", sort: "p50", of: (each) => each.p50Ms ?? -1, number: true },
  { name: "p95", sort: "p95", of: (each) => each.p95Ms ?? -1, number: true },
  { name: "Max", sort: "max", of: (each) => each.maxMs ?? -1, number: true },
];

export function StatementTable({ statements, question, isStale }) {
  const sorted = sorting(param("sort"), COLUMNS, "-total");
  const rows = useSteadyOrder(statements, { key: idOf, compare: sorted.compare, question: `${question} ${sorted.value}`, isStale });
  const whole = statements.reduce((sum, each) => sum + each.totalMs, 0) || 1;
  const body = useRef(null);
  useRowKeys(body, "statement");
  const opened = param("open");
  const toggle = (id) => setParams({ open: id === opened ? "" : id }, { replace: true });
  return html`<div class="table-box"><table class=${classes("statements stacked", isStale && "stale")}>
    <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
    <tbody ref=${body}>${rows.map((each) => {
      const id = idOf(each);
      const isOpen = id === opened;
      return html`<${Fragment} key=${id}>
        <${Row} each=${each} share=${each.totalMs / whole} isOpen=${isOpen} onToggle=${() => toggle(id)} />
        ${isOpen && html`<tr class="opened"><td colspan=${COLUMNS.length}><${Opened} each=${each} /></td></tr>`}
      <//>`;
    })}</tbody>
  </table></div>`;
}

function Row({ each, share, isOpen, onToggle }) {
  return html`<tr class=${classes(isOpen && "current")}>
    <td class="main-cell"><button type="button" class="plain row-link" aria-expanded=${String(isOpen)} onClick=${onToggle}>
      <${Icon} name=${isOpen ? "down" : "chevron"} size=${12} />${each.system && html`<span class="chip"><bdi>${each.system.slice(0, 40)}</bdi></span>`}<code class="cut" dir="ltr">${shortened(each.text.slice(0, 400).replace(/\s+/g, " "), 300)}</code></button></td>
    <td data-name="Service" class="service-cell"><${ComponentName} name=${each.service} /></td>
    <td data-name="Time"><span class="share"><b>${durationMs(each.totalMs)}</b><span class="meter" aria-hidden="true"><span style=${{ width: `${100 * share}%` }}></span></span><span class="muted">${percent(share)}</span></span></td>
    <td data-name="Count" class="number">${count(each.count)}</td>
    <td data-name="Errors" class=${classes("number", each.errorCount > 0 ? "error-text" : "muted")}>${count(each.errorCount)}</td>
    <td data-name="p50" class="number">${durationMs(each.p50Ms)}</td>
    <td data-name="p95" class="number">${durationMs(each.p95Ms)}</td>
    <td data-name="Max" class="number">${durationMs(each.maxMs)}</td>
  </tr>`;
}

function Opened({ each }) {
  return html`<div class="opened-statement">
    <${Database} isNormalised database=${databaseOf({ "db.query.text": each.text, "db.system.name": each.system || "unknown" })} />
    <p class="group-ways">
      ${each.slowestTraceId && html`<a class="button" href=${traceHref(each.slowestTraceId, { span: each.slowestSpanId })}><${Icon} name="traces" size=${14} /> The slowest, ${durationMs(each.maxMs)}</a>`}
      <a href=${tracesHref(slowOf(each))}>Traces where a statement of ${shortened(each.service, 60) || "this service"} took this long</a>
    </p>
  </div>`;
}

function slowOf({ service, p95Ms }) {
  const least = p95Ms >= 10 ? `${Math.floor(p95Ms)}ms` : `${Math.floor((p95Ms ?? 0) * 1000)}us`;
  return `${term("service", service)} has:db.query.text duration:>=${least}`;
}

// A short name for the address: the text may be long.
function idOf({ system, service, text }) {
  return shortId(`${system}\n${service}\n${text}`);
}
