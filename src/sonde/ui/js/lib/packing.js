// Bars in as few rows as they need: what overlaps in time stands below each other, a child below its parent.

// bars: [{ id, parent, startNs, endNs }] in order of their start. leastNs: the time that the shortest bar is drawn over.
// Answers { rows: Map of id to row, count }.
export function packed(bars, leastNs) {
  const rows = new Map();
  const ends = [];
  for (const { id, parent, startNs, endNs } of bars) {
    let row = rows.has(parent) ? rows.get(parent) + 1 : 0;
    while (ends[row] > startNs) row += 1;
    while (ends.length <= row) ends.push(-Infinity);
    ends[row] = Math.max(endNs, startNs + leastNs);
    rows.set(id, row);
  }
  return { rows, count: ends.length };
}
