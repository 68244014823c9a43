// Rows that stay where they are while a page refreshes: nothing moves under the pointer.

import { useRef } from "./html.js";

// Sorts when `question` (what is asked and how it is sorted) changes and its answer is there; later answers keep that
// order, and what is new goes to the end, or to the beginning where `newFirst`.
export function useSteadyOrder(rows, { key, compare, question, isStale = false, newFirst = false }) {
  const kept = useRef({ question: null, places: new Map() });
  if (kept.current.question !== question && !isStale) {
    kept.current = { question: rows.length > 0 ? question : null, places: new Map() };
  }
  const { places } = kept.current;
  const added = rows.filter((row) => !places.has(key(row))).sort(compare);
  const from = newFirst && places.size > 0 ? -places.size - added.length : places.size;
  added.forEach((row, at) => places.set(key(row), from + at));
  return [...rows].sort((one, other) => places.get(key(one)) - places.get(key(other)));
}
