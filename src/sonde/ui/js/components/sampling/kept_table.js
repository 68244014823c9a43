// Operations by how many of their spans were kept, and why.

import { count, percent, shortened } from "../../lib/format.js";
import { classes, html, useRef } from "../../lib/html.js";
import { term, tracesHref, valueTerm } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { param, setParams } from "../../lib/route.js";
import { ComponentName, DataText } from "../name.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";

// As the API names them. `q`: how their spans are found.
export const REASONS = [
  { name: "forced", title: "A rule, force_sample(), or a kind of work that is always kept", q: term("sonde.kept", "forced") },
  { name: "error", title: "A span of the trace failed", q: term("sonde.kept", "error") },
  { name: "slow", title: "The process's part of the trace took too long", q: term("sonde.kept", "slow") },
  { name: "ratio", title: "The ratio chose the trace", q: term("sonde.kept", "ratio") },
  { name: "unsampled", title: "Its sender keeps everything", q: `NOT ${term("has", "sonde.kept")}` },
];

const COLUMNS = [
  { name: "Operation", sort: "operation", of: (each) => each.operation, ascending: true },
  { name: "Component", sort: "component", of: (each) => each.component, ascending: true },
  { name: "Kept", sort: "kept", of: (each) => each.stored, number: true, title: "Spans that are stored" },
  { name: "Of", sort: "happened", of: (each) => each.happened, number: true, title: "Spans that happened, by the weights of those stored" },
  { name: "Share", sort: "share", of: (each) => each.share },
  ...REASONS.map(({ name, title }) => ({ name: `${name[0].toUpperCase()}${name.slice(1)}`, sort: name, of: (each) => each.kept[name], number: true, title })),
];

export function KeptTable({ operations, q, question, isStale }) {
  const sorted = sorting(param("sort"), COLUMNS, "-kept");
  const rows = useSteadyOrder(operations, { key: idOf, compare: sorted.compare, question: `${question} ${sorted.value}`, isStale });
  const body = useRef(null);
  useRowKeys(body, "operation");
  return html`<div class="table-box"><table class=${classes("kept-spans stacked", isStale && "stale")}>
    <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
    <tbody ref=${body}>${rows.map((each) => html`<${Row} key=${idOf(each)} each=${each} q=${q} />`)}</tbody>
  </table></div>`;
}

function Row({ each, q }) {
  const own = [q && `(${q})`, valueTerm("component", each.component), valueTerm("operation", each.operation)].filter(Boolean).join(" ");
  const to = (more = "") => tracesHref(more ? `${own} ${more}` : own, { show: "spans" });
  return html`<tr>
    <td class="main-cell"><a class="row-link" href=${to()}><${DataText} text=${each.operation} otherwise="(no name)" /></a>${each.alwaysKept && html` <span class="chip success" title="Each span that is stored was forced">always kept</span>`}</td>
    <td data-name="Component"><${ComponentName} name=${each.component} /></td>
    <td data-name="Kept" class="number"><b>${count(each.stored)}</b></td>
    <td data-name="Of" class="number">${count(each.happened)}</td>
    <td data-name="Share"><span class="share"><span class="meter" aria-hidden="true"><span style=${{ width: `${Math.min(100, 100 * each.share)}%` }}></span></span><span class="muted">${percent(each.share)}</span></span></td>
    ${REASONS.map(({ name, title, q: found }) => html`<td key=${name} data-name=${name} class="number">${each.kept[name] > 0 ? html`<a href=${to(found)} title=${shortened(title)}>${count(each.kept[name])}</a>` : html`<span class="muted">–</span>`}</td>`)}
  </tr>`;
}

function idOf({ component, operation }) {
  return `${component}\n${operation}`;
}
