// The axis above the bars: ticks, and a range to zoom into by dragging. And the line below the pointer.

import { html, useSignal } from "../../lib/html.js";
import { tickLabel, ticks } from "./ticks.js";

const LEAST_DRAG_PX = 4;

export function TimeAxis({ window: shown, width }) {
  const chosen = useSignal(null);
  const { step, found } = ticks(shown.from, shown.to, width);
  const x = (ns) => ((ns - shown.from) * width) / (shown.to - shown.from);

  function press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const axis = event.currentTarget;
    const { left } = axis.getBoundingClientRect();
    const begin = event.clientX - left;
    axis.setPointerCapture(event.pointerId);
    axis.onpointermove = (move) => {
      const now = Math.min(Math.max(move.clientX - left, 0), width);
      chosen.value = { from: Math.min(begin, now), to: Math.max(begin, now) };
    };
    axis.onpointerup = axis.onpointercancel = () => {
      axis.onpointermove = axis.onpointerup = axis.onpointercancel = null;
      const range = chosen.value;
      chosen.value = null;
      if (!range || range.to - range.from < LEAST_DRAG_PX) return;
      const ns = (px) => shown.from + (px / width) * (shown.to - shown.from);
      shown.show(ns(range.from), ns(range.to), { push: true });
    };
  }

  return html`<div class="time-axis" title="Drag over it to zoom in; double click for all" onPointerDown=${press} onDblClick=${() => shown.show(0, shown.whole, { push: true })}>
    ${found.map((ns) => html`<span key=${ns} class="tick" style=${{ transform: `translateX(${x(ns).toFixed(1)}px)` }}><b class=${x(ns) > width - 60 ? "before" : ""}>${tickLabel(ns, step)}</b></span>`)}
    ${chosen.value && html`<i class="chosen" style=${{ left: `${chosen.value.from}px`, width: `${chosen.value.to - chosen.value.from}px` }}></i>`}
  </div>`;
}

export function Crosshair({ pointer, window: shown, width }) {
  const at = pointer.value;
  if (!at?.inBars || at.overName) return null;
  const ns = shown.from + (at.x / width) * (shown.to - shown.from);
  const label = tickLabel(ns, ((shown.to - shown.from) / width) * 2);
  return html`<div class="crosshair" style=${{ transform: `translateX(${Math.round(at.x)}px)` }}><b class=${at.x > width - 80 ? "before" : ""}>${label}</b></div>`;
}
