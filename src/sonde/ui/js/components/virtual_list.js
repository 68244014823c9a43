// A list of any length of which only the rows in view exist; all rows are equally high.

import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";

const OVERSCAN = 8;
// What stands at the top of the box covers so much of it.
const HEAD_PX = 28;
// Browsers draw nothing beyond some 16 million pixels; longer lists are scrolled in proportion.
const TALLEST_PX = 8_000_000;

// total: how many rows. row(index): the markup of a row, with `style` given to it: row(index, style). shown(from, to):
// told which rows are in view, for fetching. reveal: { index, at } scrolls to a row whenever `at` changes. place: a ref
// whose `current` is how far it is scrolled, also before. handle: a ref that is given { box, first(), last(),
// place(index, offsetPx), show(index) }. Other properties go to the box.
export function VirtualList({ total, rowHeight, row, shown, reveal, place, handle, name, label, role = "list", onKeyDown, head, keyOf: _, ...others }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const whole = total * rowHeight;
  const tall = Math.min(whole, TALLEST_PX);
  const factor = whole > tall ? (whole - view.height) / Math.max(tall - view.height, 1) : 1;
  const offset = view.top * factor;
  const from = Math.max(0, Math.floor(offset / rowHeight) - OVERSCAN);
  const to = Math.min(total, Math.ceil((offset + view.height) / rowHeight) + OVERSCAN);
  const metrics = useRef({});
  metrics.current = { rowHeight, factor, total };

  useLayoutEffect(() => {
    const element = box.current;
    if (place?.current) element.scrollTop = place.current;
    const read = () => {
      if (place) place.current = element.scrollTop;
      setView((before) => (before.top === element.scrollTop && before.height === element.clientHeight ? before : { top: element.scrollTop, height: element.clientHeight }));
    };
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    if (handle) handle.current = handleOf(element, metrics, read);
    read();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, []);

  useEffect(() => shown?.(from, to), [from, to, total]);

  useLayoutEffect(() => {
    if (!reveal || reveal.index < 0) return;
    const element = box.current;
    const top = (reveal.index * rowHeight) / factor;
    const room = element.clientHeight - rowHeight - (head ? HEAD_PX : 0);
    if (top < element.scrollTop || top > element.scrollTop + room) element.scrollTop = Math.max(0, top - room / 2);
  }, [reveal?.at, reveal?.index]);

  const rows = [];
  for (let index = from; index < to; index += 1) {
    rows.push(row(index, { transform: `translateY(${(index * rowHeight - offset + view.top).toFixed(1)}px)`, height: `${rowHeight}px` }));
  }
  return html`<div ref=${box} class=${classes("virtual", name)} role=${role} aria-label=${label} tabindex="0" onKeyDown=${onKeyDown} ...${others}>
    ${head}
    <div class="virtual-rows" role="presentation" style=${{ height: `${tall}px` }}>${rows}</div>
  </div>`;
}

// Asks and moves the scroll position in rows; what it changes is drawn before the next picture.
function handleOf(box, metrics, read) {
  const top = () => (box.scrollTop * metrics.current.factor) / metrics.current.rowHeight;
  const height = () => box.clientHeight / metrics.current.rowHeight;
  const place = (index, offsetPx) => {
    const { rowHeight, factor } = metrics.current;
    box.scrollTop = Math.max(0, (index * rowHeight - offsetPx) / factor);
    read();
  };
  return {
    box,
    // The first and the last row that is wholly in view.
    first: () => Math.max(0, Math.ceil(top() - 0.01)),
    last: () => Math.min(metrics.current.total, Math.floor(top() + height() + 0.01)) - 1,
    place,
    // Scrolls no more than it takes; far away, to the middle.
    show(index) {
      const { rowHeight } = metrics.current;
      const room = box.clientHeight - rowHeight;
      const at = (index - top()) * rowHeight;
      if (at >= 0 && at <= room) return;
      if (at < -5 * rowHeight || at > room + 5 * rowHeight) place(index, room / 2);
      else place(index, at < 0 ? 0 : room);
    },
  };
}
