// Where the bar of a span is, in pixels of the column of bars, and how it is filled.

const LEAST_PX = 2;
const BEYOND_PX = 6;
const CHARACTER_PX = 6.3;

// scale: { from, to, width, end }: what time is shown on how many pixels; open spans last to `end`.
// { left, width, startsBefore, endsAfter }, or { side } of a bar out of view.
export function barOf(row, { from, to, width, end }) {
  const perNs = width / (to - from);
  const first = (row.startNs - from) * perNs;
  const last = (endOf(row, end) - from) * perNs;
  if (last < 0) return { side: "before" };
  if (first > width) return { side: "after" };
  const left = Math.max(first, -BEYOND_PX);
  const right = Math.min(last, width + BEYOND_PX);
  return { left, width: Math.max(right - left, LEAST_PX), startsBefore: first < 0, endsAfter: last > width };
}

export function endOf(row, end) {
  return row.isOpen ? Math.max(end, row.startNs) : row.startNs + row.durationNs;
}

// Parts of a bar as a gradient of one colour: [[fromNs, toNs]] -> "linear-gradient(…)"; "" when none is in view.
export function stripes(parts, bar, { from, to, width }, colour) {
  const perNs = width / (to - from);
  const stops = [];
  let reached = 0;
  for (const [start, end] of parts) {
    const first = Math.max((start - from) * perNs - bar.left, 0, reached);
    const last = Math.min(Math.max((end - from) * perNs - bar.left, first + 1), bar.width);
    if (last <= first || first >= bar.width) continue;
    stops.push(`transparent ${px(first)}`, `${colour} ${px(first)}`, `${colour} ${px(last)}`, `transparent ${px(last)}`);
    reached = last;
  }
  return stops.length ? `linear-gradient(90deg, ${stops.join(", ")})` : "";
}

// Where the text beside a bar goes: after it, before it, or in it when there is room nowhere else.
export function labelPlace(bar, text, width) {
  const room = text.length * CHARACTER_PX + 10;
  const right = bar.left + bar.width;
  if (right + room <= width) return { style: { left: `${Math.round(right + 4)}px` } };
  if (bar.left - room >= 0) return { style: { right: `${Math.round(width - bar.left + 4)}px` } };
  return { isInside: true, style: { right: `${Math.max(4, Math.round(width - right + 4))}px` } };
}

function px(value) {
  return `${value.toFixed(1)}px`;
}
