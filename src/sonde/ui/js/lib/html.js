// Markup in modules: `html` makes Preact elements; data becomes text nodes and properties, never markup.

import { h } from "preact";
import htm from "htm";

// Markup without data would be the same element at every drawing. It would know where it stood first, and so keep that
// whole page, and through what the two share every later one: htm is told not to remember it (its bits of `this[0]`).
export const html = htm.bind(function create(...given) {
  this[0] = 3;
  return h(...given);
});

export { Fragment, createContext, render } from "preact";
export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal } from "@preact/signals";

// Class names of which some are conditional: `classes("row", isOpen && "open")`.
export function classes(...names) {
  return names.filter(Boolean).join(" ");
}
