// The whole trace in small: some hundred of its spans, and what of its time and of its rows is in view. Dragging the
// window moves it, dragging elsewhere chooses another; a click goes to that time and those rows.

import { paint, shadeOf } from "../../lib/colours.js";
import { duration } from "../../lib/format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { theme } from "../../lib/prefs.js";

const HEIGHT_PX = 56;
const LEAST_DRAG_PX = 4;
const EDGE_PX = 6;

// inView: a signal, the spans whose rows are on the screen. onRows(share): asks for the rows there.
export function Minimap({ overview, window: shown, inView, onRows }) {
  const canvas = useRef(null);
  const [width, setWidth] = useState(0);
  const [isDark, setDark] = useState(0);
  const chosen = useRef(null);
  const mark = useRef(null);

  useLayoutEffect(() => {
    const box = canvas.current.parentElement;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setDark((count) => count + 1);
    scheme.addEventListener("change", changed);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", changed);
    };
  }, []);

  useEffect(() => { if (width > 0) draw(canvas.current, overview, shown.whole, width); }, [overview, shown.whole, width, theme.value, isDark]);

  const x = (ns) => (ns * width) / shown.whole;
  const [left, right] = [x(shown.from), x(shown.to)];

  function press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const box = event.currentTarget;
    const edges = box.getBoundingClientRect();
    const begin = event.clientX - edges.left;
    const ns = (px) => (px / width) * shown.whole;
    const { from, to } = shown;
    // The edges first, then the window itself, unless it is everything.
    const grabbed = shown.isWhole ? "new" : Math.abs(begin - left) <= EDGE_PX ? "left" : Math.abs(begin - right) <= EDGE_PX ? "right" : begin > left && begin < right ? "window" : "new";
    let hasMoved = false;
    box.setPointerCapture(event.pointerId);
    box.onpointermove = (move) => {
      const now = Math.min(Math.max(move.clientX - edges.left, 0), width);
      hasMoved ||= Math.abs(now - begin) >= LEAST_DRAG_PX;
      if (!hasMoved) return;
      const by = ns(now) - ns(begin);
      if (grabbed === "window") shown.show(from + by, to + by);
      else if (grabbed === "left") shown.show(Math.min(from + by, to - 1), to);
      else if (grabbed === "right") shown.show(from, Math.max(to + by, from + 1));
      else {
        chosen.current = [Math.min(begin, now), Math.max(begin, now)];
        mark.current.style.cssText = `display: block; left: ${chosen.current[0]}px; width: ${chosen.current[1] - chosen.current[0]}px`;
      }
    };
    box.onpointerup = box.onpointercancel = (end) => {
      box.onpointermove = box.onpointerup = box.onpointercancel = null;
      mark.current.style.display = "none";
      if (chosen.current) shown.show(ns(chosen.current[0]), ns(chosen.current[1]), { push: true });
      else if (!hasMoved && end.type === "pointerup") {
        if (grabbed === "new" && !shown.isWhole) shown.show(ns(begin) - (to - from) / 2, ns(begin) + (to - from) / 2);
        onRows((end.clientY - edges.top) / HEIGHT_PX);
      }
      chosen.current = null;
    };
  }

  return html`<div class="minimap" role="img" aria-label=${`The whole trace, ${duration(overview.durationNs)}; shown is ${duration(shown.from)} to ${duration(shown.to)}`} title="Drag to choose a time, click to go there, double click for all"
      onPointerDown=${press} onDblClick=${() => shown.show(0, shown.whole, { push: true })}>
    <canvas ref=${canvas}></canvas>
<${RowsInView} inView=${inView} spanCount=${overview.spanCount} />
    ${!shown.isWhole && html`<i class="minimap-shade" style=${{ left: 0, width: `${left}px` }}></i><i class="minimap-shade" style=${{ left: `${right}px`, right: 0 }}></i>
      <i class="minimap-window" style=${{ left: `${left}px`, width: `${Math.max(2, right - left)}px` }}></i>`}
    <i ref=${mark} class="chosen" hidden=${false}></i>
  </div>`;
}

// On its own, for it is drawn anew with every row that scrolls by.
function RowsInView({ inView, spanCount }) {
  const { from, to } = inView.value;
  if (from <= 0 && to >= spanCount) return null;
  const y = (place) => (Math.min(place, spanCount) / Math.max(spanCount, 1)) * HEIGHT_PX;
  return html`<i class="minimap-rows" style=${{ top: `${y(from)}px`, height: `${Math.max(2, y(to) - y(from))}px` }}></i>`;
}

function draw(canvas, { minimap, services, spanCount }, whole, width) {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT_PX * scale);
  canvas.style.cssText = `width: ${width}px; height: ${HEIGHT_PX}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const colours = services.map(({ service }) => paint(`--data-${shadeOf(service)}`));
  const [failed, critical] = [paint("--error"), paint("--critical")];
  const rows = Math.max(spanCount, 1);
  const height = Math.max(1, Math.min(4, HEIGHT_PX / Math.min(rows, 500)));
  for (const span of minimap) {
    const left = (span.fromNs * width) / whole;
    const length = Math.max(1, ((span.toNs - span.fromNs) * width) / whole);
    const top = (span.row / rows) * (HEIGHT_PX - height);
    context.fillStyle = span.error ? failed : colours[span.service];
    context.fillRect(left, top, length, height);
    if (span.critical && height >= 3) {
      context.fillStyle = critical;
      context.fillRect(left, top + height - 1, length, 1);
    }
  }
}
