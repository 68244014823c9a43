// A line of values the height of a word; the last one is what the number beside it says.

import { html } from "../lib/html.js";

// values: numbers or null (a gap). kind: "line" or "bars". title: what it shows, for the tooltip and screen readers.
export function Sparkline({ values, title, kind = "line", tone = "accent", width = 96, height = 22 }) {
  const known = values.filter((value) => value !== null);
  const most = Math.max(...known, 0) || 1;
  const step = width / Math.max(values.length - (kind === "line" ? 1 : 0), 1);
  const y = (value) => height - 1 - (value / most) * (height - 3);
  return html`<svg class=${`sparkline ${tone}`} viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} preserveAspectRatio="none" role="img" aria-label=${title}>
    <title>${title}</title>
    ${kind === "bars"
      ? html`<path class="bars" d=${bars(values, step, y, height)} />`
      : html`<path class="line" d=${path(values, step, y)} />`}
  </svg>`;
}

function bars(values, step, y, height) {
  const width = Math.max(step - 0.6, 0.8).toFixed(1);
  return values.map((value, at) => (value > 0 ? `M${(at * step).toFixed(1)} ${height}V${y(value).toFixed(1)}h${width}V${height}z` : "")).join("");
}

function path(values, step, y) {
  let drawn = "";
  let isDown = false;
  values.forEach((value, at) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const x = (at * step).toFixed(1);
    drawn += `${isDown ? "L" : "M"}${x} ${y(value).toFixed(1)}`;
    // A value between two gaps is a dot.
    if (!isDown && (values[at + 1] ?? null) === null) drawn += "h.1";
    isDown = true;
  });
  return drawn;
}
