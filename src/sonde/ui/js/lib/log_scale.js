// Durations of very different lengths beside each other: each tenfold is as wide as any other, so that one long one
// leaves the others visible.

const MOST_DECADES = 6;

// The powers of ten that the durations lie between, in nanoseconds. Whole decades: new rows rarely change the scale.
export function logScale(durationsNs) {
  const lengths = durationsNs.filter((ns) => ns > 0);
  if (lengths.length === 0) return null;
  const to = Math.ceil(Math.log10(lengths.reduce((most, ns) => Math.max(most, ns))));
  const from = Math.floor(Math.log10(lengths.reduce((least, ns) => Math.min(least, ns))));
  return { from: Math.max(Math.min(from, to - 1), to - MOST_DECADES), to };
}

// How much of a bar a duration fills, 0 to 1; something for any at all.
export function shareOf(ns, scale) {
  if (!scale || !(ns > 0)) return 0;
  return Math.min(1, Math.max((Math.log10(ns) - scale.from) / (scale.to - scale.from), 0.02));
}
