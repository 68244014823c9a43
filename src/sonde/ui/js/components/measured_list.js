// A list of which only the rows in view exist, whose rows are as high as what they hold: measured once they are drawn.

import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";

const OVERSCAN_PX = 300;

// As VirtualList; keyOf(index): what a row's height is remembered by, which is its `data-row` too. rowHeight: a guess.
export function MeasuredList({ total, rowHeight, keyOf, row, shown, reveal, place, name, label, role = "list", onKeyDown, head, ...others }) {
  const box = useRef(null);
  const body = useRef(null);
  const heights = useRef(new Map());
  const [view, setView] = useState({ top: 0, height: 600, width: 0 });
  const [, drawAgain] = useState(0);

  const tops = new Float64Array(total + 1);
  for (let index = 0; index < total; index += 1) tops[index + 1] = tops[index] + (heights.current.get(keyOf(index)) ?? rowHeight);
  const from = Math.max(0, firstBelow(tops, view.top - OVERSCAN_PX) - 1);
  const to = Math.min(total, firstBelow(tops, view.top + view.height + OVERSCAN_PX));

  useLayoutEffect(() => {
    const element = box.current;
    if (place?.current) element.scrollTop = place.current;
    const read = () => {
      if (place) place.current = element.scrollTop;
      setView((before) => {
        if (before.width !== element.clientWidth) heights.current.clear();
        return { top: element.scrollTop, height: element.clientHeight, width: element.clientWidth };
      });
    };
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    read();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, []);

  useLayoutEffect(() => {
    let above = 0;
    let isChanged = false;
    for (const element of body.current.children) {
      const key = element.dataset.row;
      if (key === undefined) continue;
      const height = element.offsetHeight;
      const before = heights.current.get(key) ?? rowHeight;
      if (Math.abs(height - before) < 0.5) continue;
      heights.current.set(key, height);
      isChanged = true;
      // What stands above what is read must not push it.
      if (Number(element.dataset.top) + before <= view.top) above += height - before;
    }
    if (heights.current.size > 3 * total + 1000) heights.current.clear();
    if (above) box.current.scrollTop += above;
    if (isChanged) drawAgain((number) => number + 1);
  });

  useEffect(() => shown?.(from, to), [from, to, total]);

  useLayoutEffect(() => {
    if (!reveal || reveal.index < 0 || reveal.index >= total) return;
    const element = box.current;
    const [top, bottom] = [tops[reveal.index], tops[reveal.index + 1]];
    if (top < element.scrollTop || bottom > element.scrollTop + element.clientHeight - 2 * rowHeight) element.scrollTop = Math.max(0, top - element.clientHeight / 3);
  }, [reveal?.at, reveal?.index]);

  const rows = [];
  for (let index = from; index < to; index += 1) rows.push(row(index, { transform: `translateY(${tops[index].toFixed(1)}px)` }, { "data-top": tops[index] }));
  return html`<div ref=${box} class=${classes("virtual", name)} role=${role} aria-label=${label} tabindex="0" onKeyDown=${onKeyDown} ...${others}>
    ${head}
    <div ref=${body} class="virtual-rows" role="presentation" style=${{ height: `${tops[total]}px` }}>${rows}</div>
  </div>`;
}

// The first row that begins below an offset.
function firstBelow(tops, offset) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle] < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
