// The operations of a trace with the time that they took themselves. A click marks their spans.

import { colourOf } from "../../lib/colours.js";
import { count, duration, percent } from "../../lib/format.js";
import { classes, html, useEffect, useRef } from "../../lib/html.js";
import { term, traceHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";
import { Empty, Problem, Skeleton } from "../notices.js";
import { cut } from "./waterfall_row.js";

const MOST_ROWS = 500;
// name, how it reads, what it says more
const COLUMNS = [
  ["operation", "Operation", ""],
  ["spanCount", "Spans", ""],
  ["errorCount", "Failed", ""],
  ["selfNs", "Itself", "Time in which nothing below it ran"],
  ["criticalNs", "Critical", "Its own part of the critical path"],
  ["totalNs", "Total", "The sum of its durations"],
  ["avgNs", "Mean", ""],
  ["maxNs", "Longest", "Leads to the slowest span"],
];

export function Operations({ traceId, version, onSpan }) {
  const { data, error, reload } = useQuery(`traces/${encodeURIComponent(traceId)}/operations`);
  useNewer(version, reload);
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Skeleton} rows=${12} height=${26} />`;
  if (data.operations.length === 0) return html`<${Empty} title="This trace has no operations." />`;
  const [by, isDown] = order(param("sort"));
  const sorted = [...data.operations].sort((one, other) => (isDown ? -1 : 1) * compare(one[by], other[by]));
  const whole = data.operations.reduce((sum, each) => sum + each.selfNs, 0) || 1;
  const most = Math.max(...data.operations.map((each) => each.selfNs), 1);
  const sort = (name) => setParams({ sort: name === by ? `${isDown ? "" : "-"}${name}` : `${name === "operation" ? "" : "-"}${name}` }, { replace: true });
  const mark = (each) => setParams({ view: "", find: `${term("service", each.service)} ${term("name", each.operation)}` });
  return html`<div class="table-box operations" tabindex="0" role="region" aria-label="Operations of the trace"><table class="stacked">
    <thead><tr>${COLUMNS.map(([name, words, title]) => html`<th key=${name} class=${classes(name !== "operation" && "number")} aria-sort=${name === by ? (isDown ? "descending" : "ascending") : null}>
      <button type="button" title=${title || null} onClick=${() => sort(name)}>${words}${name === by ? (isDown ? " ↓" : " ↑") : ""}</button></th>`)}</tr></thead>
    <tbody>${sorted.slice(0, MOST_ROWS).map((each) => html`<tr key=${`${each.service}\n${each.operation}\n${each.kind}`}>
      <td class="operation-name main-cell"><button type="button" class="plain" title="Mark its spans in the waterfall" onClick=${() => mark(each)}><i class="swatch" style=${{ background: colourOf(each.service) }}></i>
        <span class="cut"><bdi>${cut(each.operation) || "(no name)"}</bdi> <bdi class="muted">${cut(each.service)}</bdi></span> <span class="chip">${each.kind.toLowerCase()}</span></button></td>
      <td class="number" data-name="Spans">${count(each.spanCount)}</td>
      <td class=${classes("number", each.errorCount > 0 ? "error-text" : "muted")} data-name="Failed">${each.errorCount > 0 && html`<${Icon} name="errors" size=${11} /> `}${count(each.errorCount)}</td>
      <td class="number self" data-name="Itself"><i class="self-bar" style=${{ width: `${(100 * each.selfNs) / most}%` }}></i><span>${duration(each.selfNs)} <span class="muted">${percent(each.selfNs / whole)}</span></span></td>
      <td class="number" data-name="Critical">${each.criticalNs ? duration(each.criticalNs) : "–"}</td>
      <td class="number" data-name="Total">${duration(each.totalNs)}</td>
      <td class="number" data-name="Mean">${duration(each.avgNs)}</td>
      <td class="number" data-name="Longest"><a href=${traceHref(traceId, { span: each.slowestSpanId })} onClick=${(event) => leads(event, () => onSpan(each.slowestSpanId))}>${duration(each.maxNs)}</a></td>
    </tr>`)}</tbody>
  </table>${sorted.length > MOST_ROWS && html`<p class="muted table-note">The first ${MOST_ROWS} of ${count(sorted.length)} operations; the data link has all.</p>`}</div>`;
}

// Asks again when the trace has grown.
export function useNewer(version, reload) {
  const known = useRef(version);
  useEffect(() => {
    if (known.current !== version) reload();
    known.current = version;
  }, [version]);
}

// Follows a link here, unless it should open elsewhere.
export function leads(event, run) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  run();
}

function order(text) {
  const name = text.replace(/^-/, "");
  return COLUMNS.some(([each]) => each === name) ? [name, text.startsWith("-")] : ["selfNs", true];
}

function compare(one, other) {
  return typeof one === "string" ? one.localeCompare(other) : one - other;
}
