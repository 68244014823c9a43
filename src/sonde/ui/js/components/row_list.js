// A list of links that the keyboard goes through: j and k move the focus from row to row, Enter opens. Below 700 px its
// rows have two lines.

import { classes, html, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { MeasuredList } from "./measured_list.js";
import { VirtualList } from "./virtual_list.js";

const NEAR_END_ROWS = 30;
const HEIGHTS = [30, 52];
const narrow = matchMedia("(max-width: 700px)");

// list: of usePages. id(row). row({ row, key, index, isCurrent, isFirst, style }): its markup, with `data-row` the id
// and one link in it, which Tab reaches where it `isFirst`.
// columns: names above, or { name, note, title }; children lie over them. watched: of useAttention. what: "trace", for the help. heights: of a row of
// one line and of two. isMeasured: rows are as high as what they hold. onScrolled(isScrolled). onCurrent(id): the keyboard is there.
export function RowList({ list, id, row: draw, columns, watched, what, label, name, onScrolled, current, onCurrent, children, heights = HEIGHTS, isMeasured = false, style: outer }) {
  const { rows } = list;
  const rowHeight = useRowHeight(heights);
  const box = useRef(null);
  const [reveal, setReveal] = useState({ index: -1, at: 0 });
  const at = rows.findIndex((row) => id(row) === current);
  // Keys may be quicker than what they change is drawn.
  const place = useRef(at);
  place.current = at;

  useLayoutEffect(() => {
    if (reveal.index < 0 || !rows[reveal.index]) return undefined;
    // At once, as Enter opens what has the focus; a row further away exists once the list has scrolled to it.
    const key = id(rows[reveal.index]);
    if (focus(box.current, key)) return undefined;
    const frame = requestAnimationFrame(() => focus(box.current, key));
    return () => cancelAnimationFrame(frame);
  }, [reveal.at]);

  const move = (step, event) => {
    // What else has the focus scrolls by the arrow keys.
    if (rows.length === 0 || (event.key.startsWith("Arrow") && event.target !== document.body && !box.current.contains(event.target))) return false;
    const from = place.current;
    const next = from < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + step));
    place.current = next;
    onCurrent(id(rows[next]));
    setReveal((before) => ({ index: next, at: before.at + 1 }));
    return true;
  };
  useKeys([
    { keys: ["j", "ArrowDown"], does: `Next ${what}`, run: (event) => move(1, event) },
    { keys: ["k", "ArrowUp"], does: `Previous ${what}`, run: (event) => move(-1, event) },
    { keys: ["Enter"], does: `Open the ${what}`, run: () => (place.current < 0 ? false : open(box.current, id(rows[place.current]))) },
  ]);

  // Whoever comes by Tab or by a click is there as well.
  const onFocusIn = (event) => {
    watched.onFocusIn(event);
    const focused = event.target.closest("a") && event.target.closest("[data-row]")?.dataset.row;
    if (focused && focused !== current) onCurrent(focused);
  };

  const whole = list.hasMore ? rows.length + 1 : rows.length;
  return html`<div ref=${box} class=${classes("row-list", name, list.isStale && "stale")} style=${outer} ...${watched} onFocusIn=${onFocusIn}>
    ${children}
    <${isMeasured ? MeasuredList : VirtualList} total=${whole} rowHeight=${rowHeight} keyOf=${(index) => (rows[index] ? id(rows[index]) : "more")} role="table" label=${label} place=${list.place} reveal=${reveal} aria-rowcount=${list.hasMore ? -1 : rows.length + 1} aria-busy=${String(list.loading)}
      onScroll=${(event) => onScrolled?.(event.currentTarget.scrollTop > 4)}
      shown=${(_, to) => to > rows.length - NEAR_END_ROWS && list.more()}
      head=${html`<div role="row" aria-rowindex="1" class=${classes("row-head", name)}>${columns.map((each) => html`<${ColumnHead} key=${each.name ?? each} of=${each} />`)}</div>`}
      row=${(index, style, extra) => {
        const row = rows[index];
        if (!row) return html`<div key="more" role="row" class="row more-row" style=${style}><span role="cell" class="muted">Loading more …</span></div>`;
        const key = id(row);
        return draw({ row, extra, index, key, style, isCurrent: key === current, isFirst: key === current || (at < 0 && index === 0) });
      }} />
  </div>`;
}

function ColumnHead({ of }) {
  return html`<span role="columnheader" title=${of.title}>${of.name ?? of}${of.note && html` <span class="note">${of.note}</span>`}</span>`;
}

const linkOf = (box, key) => box?.querySelector(`[data-row="${CSS.escape(key)}"] a`);

function focus(box, key) {
  const link = linkOf(box, key);
  link?.focus({ preventScroll: true });
  return Boolean(link);
}

function open(box, key) {
  const link = linkOf(box, key);
  link?.click();
  return Boolean(link);
}

function useRowHeight([wide, tall]) {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useLayoutEffect(() => {
    const read = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", read);
    return () => narrow.removeEventListener("change", read);
  }, []);
  return isNarrow ? tall : wide;
}
