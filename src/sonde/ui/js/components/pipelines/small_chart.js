// A chart the height of three lines, one of several with the same steps of time and one pointer.

import { classes, html, useMemo } from "../../lib/html.js";

const HEIGHT = 100;
// What is not quite nothing is seen all the same.
const LEAST = 4;

// chart: { name, tone, lines: [{ name, values }] or bars: [], onAxis(value), most }. at: the step that is pointed at, or null.
// said: what stands beside the name. note: what the figure does not say, or "".
export function SmallChart({ chart, steps, at, said, note, from, to }) {
  const most = useMemo(() => top(chart), [chart]);
  const drawn = useMemo(() => (chart.bars ? [bars(chart.bars, most)] : chart.lines.map((each) => line(each.values, most))), [chart, most]);
  return html`<div class=${classes("small-chart", chart.tone)}>
    <p class="small-chart-head"><b>${chart.name}</b> <span>${said}</span> <span class="muted">${note}</span></p>
    <div class="plot" data-plot="">
      <span class="small-chart-most muted" aria-hidden="true">${chart.onAxis(most)}</span>
      <svg viewBox=${`0 0 ${Math.max(steps, 1)} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        ${drawn.map((path, index) => html`<path key=${index} class=${chart.bars ? "bars" : classes("line", index > 0 && "second")} d=${path} />`)}
      </svg>
      ${at !== null && html`<i class="pointed" aria-hidden="true" style=${{ left: `${(100 * at) / steps}%`, width: `${100 / steps}%` }}></i>`}
    </div>
    <p class="small-chart-times muted" aria-hidden="true"><span>${from}</span><span>${to}</span></p>
  </div>`;
}

function top({ bars: values, lines, nice }) {
  const known = (values ?? lines.flatMap((each) => each.values)).filter((value) => value !== null);
  const most = Math.max(...known, 0);
  return nice?.find((each) => each >= most) ?? (most || 1);
}

function bars(values, most) {
  return values.map((value, at) => (value > 0 ? `M${at + 0.06} ${HEIGHT}V${(HEIGHT - Math.max(LEAST, (value / most) * HEIGHT)).toFixed(1)}h.88V${HEIGHT}z` : "")).join("");
}

function line(values, most) {
  let isDown = false;
  return values.map((value, at) => {
    if (value === null) {
      isDown = false;
      return "";
    }
    const place = `${at + 0.5} ${(HEIGHT - (value / most) * (HEIGHT - LEAST) - LEAST / 2).toFixed(1)}`;
    const isAlone = !isDown && (values[at + 1] ?? null) === null;
    const part = `${isDown ? "L" : "M"}${place}${isAlone ? "h.01" : ""}`;
    isDown = true;
    return part;
  }).join("");
}
