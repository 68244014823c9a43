// Where a time axis has its ticks, and what it says there.

const S = 1e9;
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * S);

// Offsets in nanoseconds between `fromNs` and `toNs`, so many that each has `roomPx` of `widthPx`.
export function ticks(fromNs, toNs, widthPx, roomPx = 110) {
  const step = stepOf(((toNs - fromNs) * roomPx) / Math.max(widthPx, roomPx));
  const found = [];
  for (let at = Math.ceil(fromNs / step); at * step <= toNs && found.length < 200; at += 1) found.push(at * step);
  return { step, found };
}

// An offset as precisely as ticks that far apart need.
export function tickLabel(ns, step) {
  if (ns === 0) return "0";
  const size = Math.abs(ns);
  if (size >= 120 * S && step >= S) return long(ns);
  const [unit, name] = size >= S ? [S, "s"] : size >= 1e6 ? [1e6, "ms"] : size >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)));
  return `${(ns / unit).toFixed(digits)} ${name}`;
}

function stepOf(least) {
  if (least > S) return LONG_STEPS.find((step) => step >= least) ?? Math.ceil(least / (86_400 * S)) * 86_400 * S;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 1;
}

function long(ns) {
  const whole = Math.round(ns / S);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const pad = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)} h` : `${minutes}:${pad(seconds)} min`;
}
