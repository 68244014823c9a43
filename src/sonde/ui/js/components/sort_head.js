// The head of a table whose columns can be sorted by.

import { html } from "../lib/html.js";

// columns: [{ name, sort, of(row), ascending, number, title, isSilent }]; a column without `sort` is only named, with
// `isSilent` not to be seen. `value` is the name of a column, with a minus where the largest comes first: "-rate".
export function sorting(value, columns, otherwise) {
  const found = columns.find((each) => each.sort && each.sort === value.replace(/^-/, ""));
  const wanted = found ? value : otherwise;
  const column = found ?? columns.find((each) => each.sort === otherwise.replace(/^-/, ""));
  const isDown = wanted.startsWith("-");
  const compare = (one, other) => (isDown ? -1 : 1) * order(column.of(one), column.of(other));
  return { value: wanted, column, isDown, compare };
}

export function SortHead({ columns, sorted, onSort }) {
  return html`<thead><tr>${columns.map((each) => {
    const isCurrent = sorted.column === each;
    if (!each.sort) return html`<th key=${each.name} class=${each.number ? "number" : ""} title=${each.title}>${each.isSilent ? html`<span class="visually-hidden">${each.name}</span>` : each.name}</th>`;
    const first = each.ascending ? each.sort : `-${each.sort}`;
    const other = each.ascending ? `-${each.sort}` : each.sort;
    return html`<th key=${each.name} class=${each.number ? "number" : ""} aria-sort=${isCurrent ? (sorted.isDown ? "descending" : "ascending") : null}>
      <button type="button" title=${each.title} onClick=${() => onSort(isCurrent && sorted.value === first ? other : first)}>${each.name}<span class="sort-mark" aria-hidden="true">${isCurrent ? (sorted.isDown ? " ↓" : " ↑") : ""}</span></button></th>`;
  })}</tr></thead>`;
}

function order(one, other) {
  if (typeof one === "string") return one.localeCompare(other);
  return one - other;
}
