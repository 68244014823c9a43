// The axis of a drawing in true time: ticks with their offsets. The label of one at the right end stands before it.

import { html } from "../lib/html.js";
import { tickLabel, ticks } from "./trace/ticks.js";

const ROOM_PX = 90;
const LABEL_PX = 56;

// box: the ref of `useWidth`, widthPx what it measured; fromNs to toNs is what is drawn.
export function TickMarks({ box, widthPx, fromNs, toNs }) {
  const { found, step } = ticks(fromNs, toNs, widthPx, ROOM_PX);
  const share = (ns) => Math.min(1, Math.max(0, (ns - fromNs) / (toNs - fromNs)));
  return html`<span class="tick-marks" ref=${box}>${found.map((ns) => html`<i key=${ns} class=${share(ns) * widthPx > widthPx - LABEL_PX ? "before" : ""} style=${{ left: `${(100 * share(ns)).toFixed(3)}%` }}>${tickLabel(ns, step)}</i>`)}</span>`;
}
