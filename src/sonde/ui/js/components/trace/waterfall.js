// The spans of a trace as rows below a time axis, in the order of their tree.

import { classes, html, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useState } from "../../lib/html.js";
import { traceSplit } from "../../lib/prefs.js";
import { param } from "../../lib/route.js";
import { Problem, Skeleton } from "../notices.js";
import { VirtualList } from "../virtual_list.js";
import { Crosshair, TimeAxis } from "./time_axis.js";
import { RowTip } from "./row_tip.js";
import { Splitter } from "./splitter.js";
import { INDENT_PX, indentation, logRow, missingRow, spanRow } from "./waterfall_row.js";
import { useWheel } from "./wheel.js";

const ROW_PX = 24;
const STACKED_ROW_PX = 40;
const STACKED_BELOW_PX = 600;
const LEAST_NAMES_PX = 110;

// rows: SpanRows. tree: of useTree. window: of useTimeWindow. matches: a Set of span ids, found: the one walked to.
export function Waterfall({ traceId, overview, rows, tree, window: shown, matches, found }) {
  const whole = useRef(null);
  const [width, setWidth] = useState(0);
  const pointer = useSignal(null);
  const isStacked = width > 0 && width < STACKED_BELOW_PX;
  const rowHeight = isStacked ? STACKED_ROW_PX : ROW_PX;
  const names = isStacked ? width : Math.round(Math.min(Math.max(width * traceSplit.value, LEAST_NAMES_PX), width - LEAST_NAMES_PX));
  const bars = isStacked ? width : Math.max(width - names, 1);
  const opened = param("span");
  const dims = param("critical") === "1";
  const { cursor, handle } = tree;

  useLayoutEffect(() => {
    const { box } = handle.current;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box.firstElementChild);
    setWidth(box.clientWidth);
    return () => observer.disconnect();
  }, []);

  const { from, to } = shown;
  const look = useMemo(() => ({
    traceId, names, isStacked, dims, indent: indentation(overview.maxDepth, names), scale: { from, to, width: bars, end: shown.whole },
  }), [traceId, names, bars, isStacked, dims, overview.maxDepth, from, to, shown.whole]);
  const drawn = useRef(new WeakMap());
  useWheel(whole, shown, isStacked ? 0 : names, bars);

  // What was on the screen stays there: when other rows came, and when the waterfall comes back.
  const moved = rows.moved.value;
  const placed = useRef(0);
  useLayoutEffect(() => {
    const isBack = placed.current === 0;
    if (isBack && cursor.row !== null) handle.current.show(cursor.row);
    else if (isBack) handle.current.place(tree.inView.value.row, 0);
    else if (moved && moved.from === null) handle.current.show(moved.to);
    else if (moved) handle.current.place(moved.to, moved.from * rowHeight - handle.current.box.scrollTop);
    placed.current = moved?.at ?? -1;
  }, [moved?.at]);

  useEffect(() => { pointer.value = null; }, [rows.changed.value]);

  // An element drawn before is given again, so that Preact need not look into it.
  function row(index, style) {
    const data = rows.at(index);
    if (!data) return missingRow(index, style);
    const is = data.kind === "span"
      ? { current: cursor.row === index, opened: opened === data.spanId, match: matches.has(data.spanId), found: found === data.spanId }
      : { current: cursor.row === index };
    const state = `${style.transform} ${is.current} ${is.opened} ${is.match} ${is.found}`;
    const before = drawn.current.get(data);
    if (before?.look === look && before.state === state) return before.element;
    const element = data.kind === "span" ? spanRow(data, style, look, is) : logRow(data, style, look, is);
    drawn.current.set(data, { look, state, element });
    return element;
  }

  function clicked(event) {
    const index = indexOf(event);
    const data = index === null ? undefined : rows.at(index);
    if (!data || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    handle.current.box.focus({ preventScroll: true });
    if (event.target.closest("[data-fold]")) tree.fold(index, data.isExpanded);
    else tree.open(index);
  }

  function doubleClicked(event) {
    const index = indexOf(event);
    if (index !== null && event.target.closest(".tr-bar")) tree.zoomTo(index);
  }

  function pointed(event) {
    if (event.pointerType === "touch") return;
    const index = indexOf(event);
    const data = index === null ? null : rows.at(index);
    const box = whole.current.getBoundingClientRect();
    const x = event.clientX - box.left - (isStacked ? 0 : names);
    pointer.value = { row: data ?? null, x, inBars: x >= 0 && x <= bars, clientX: event.clientX, clientY: event.clientY, overName: Boolean(event.target.closest(".tr-name")) };
  }

  const isWaiting = rows.changed.value === 0;
  return html`<div ref=${whole} class=${classes("waterfall", isStacked && "stacked", overview.maxDepth * INDENT_PX > names * 0.5 && "is-deep")} style=${{ "--names": `${names}px`, "--bars": `${bars}px` }}
      onClick=${clicked} onDblClick=${doubleClicked} onPointerMove=${pointed} onPointerLeave=${() => { pointer.value = null; }} onScrollCapture=${() => { pointer.value = null; }}>
    <div class="waterfall-head">
      <div class="names-head">${isStacked ? null : html`<span>Span</span>`}</div>
      <${TimeAxis} window=${shown} width=${bars} />
      ${!isStacked && html`<${Splitter} names=${names} width=${width} />`}
    </div>
    ${rows.error.value && html`<${Problem} error=${rows.error.value} retry=${tree.reload} />`}
    ${isWaiting && !rows.error.value && html`<div class="waterfall-waiting"><${Skeleton} rows=${16} height=${ROW_PX} /></div>`}
    <${VirtualList} total=${rows.total} rowHeight=${rowHeight} row=${row} shown=${tree.shown} name="spans" role="tree" label="Spans of the trace" handle=${handle} aria-activedescendant=${cursor.row === null ? null : `row-${cursor.row}`} />
    <${Crosshair} pointer=${pointer} window=${shown} width=${bars} />
    <${RowTip} pointer=${pointer} scale=${look.scale} />
  </div>`;
}

function indexOf(event) {
  const element = event.target.closest("[data-row]");
  return element ? Number(element.dataset.row) : null;
}
