// The tables: rows, size on disk and how well they compress, from when to when they reach.

import { ago, bytes, count, dateTime, fullTime, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { param, setParams } from "../../lib/route.js";
import { SortHead, sorting } from "../sort_head.js";
import { CleanUp } from "./clean_up.js";

const SIZE = { name: "On disk", sort: "size", of: (each) => each.sizeBytes };
const RATIO = { name: "Compressed", sort: "ratio", of: (each) => ratioOf(each) ?? 0, number: true, title: "How many times smaller than without compression" };
const OLDEST = { name: "Oldest", sort: "oldest", of: (each) => each.oldest ?? "", number: true };
const NEWEST = { name: "Newest", sort: "newest", of: (each) => each.newest ?? "", number: true };

export function Storage({ tables }) {
  const hasRatio = tables.some((each) => each.uncompressedBytes);
  const hasTimes = tables.some((each) => each.newest);
  const columns = [
    { name: "Table", sort: "table", of: (each) => each.table, ascending: true }, { name: "Rows", sort: "rows", of: (each) => each.rows, number: true },
    SIZE, ...(hasRatio ? [RATIO] : []), ...(hasTimes ? [OLDEST, NEWEST] : []), { name: "Parts", sort: "parts", of: (each) => each.parts, number: true, title: "Pieces on disk; the store merges them" },
  ];
  const sorted = sorting(param("sort"), columns, "-size");
  const rows = [...tables].sort(sorted.compare);
  const whole = tables.reduce((sum, each) => sum + each.sizeBytes, 0);
  const uncompressed = tables.reduce((sum, each) => sum + (each.uncompressedBytes ?? 0), 0);
  return html`<section aria-labelledby="storage-title">
    <div class="section-head"><h2 id="storage-title">Storage</h2><span class="muted">${bytes(whole)} on disk, ${count(tables.reduce((sum, each) => sum + each.rows, 0))} rows${hasRatio && whole > 0 ? `, compressed ${times(uncompressed / whole)}` : ""}</span><${CleanUp} /></div>
    <div class="table-box"><table class="storage stacked">
      <${SortHead} columns=${columns} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
      <tbody>${rows.map((each) => html`<tr key=${each.table}>
        <td class="main-cell"><code>${each.table}</code></td><td class="number" data-name="Rows">${count(each.rows)}</td>
        <td data-name="On disk"><span class="share"><b>${bytes(each.sizeBytes)}</b><span class="meter" aria-hidden="true"><span style=${{ width: `${(100 * each.sizeBytes) / (whole || 1)}%` }}></span></span><span class="muted">${percent(each.sizeBytes / (whole || 1))}</span></span></td>
        ${hasRatio && html`<td class="number" data-name="Compressed">${ratioOf(each) ? times(ratioOf(each)) : "–"}</td>`}
        ${hasTimes && html`<${Moment} name="Oldest" at=${each.oldest} /><${Moment} name="Newest" at=${each.newest} />`}
        <td class="number" data-name="Parts">${count(each.parts)}</td></tr>`)}</tbody>
    </table></div>
  </section>`;
}

function Moment({ name, at }) {
  return at ? html`<td class="number" data-name=${name} title=${`${dateTime(at)}, ${fullTime(at)}`}>${ago(at)}</td>` : html`<td class="number muted" data-name=${name}>–</td>`;
}

function ratioOf({ sizeBytes, uncompressedBytes }) {
  return uncompressedBytes && sizeBytes ? uncompressedBytes / sizeBytes : null;
}

function times(ratio) {
  return `${ratio.toFixed(1)}×`;
}
