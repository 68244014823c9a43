// Markup in modules: `html` makes Preact elements; data becomes text nodes and properties, never markup.

import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);

export { Fragment, createContext, render } from "preact";
export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal } from "@preact/signals";

// Class names of which some are conditional: `classes("row", isOpen && "open")`.
export function classes(...names) {
  return names.filter(Boolean).join(" ");
}
