// The page's refresh: a counter that grows when shown data should be asked for again, by hand or every few seconds
// (`every` in the URL). It rests while the page is hidden.

import { effect, signal } from "./html.js";
import { param } from "./route.js";

export const refreshes = signal(0);

export const EVERY = [["", "Off"], ["2", "2 s"], ["10", "10 s"], ["60", "1 min"]];

// Whether a person asked for the last one. What comes by itself must not move what someone looks at.
export let isByHand = false;

export function refresh() {
  isByHand = true;
  refreshes.value += 1;
}

export function refreshByItself() {
  isByHand = false;
  refreshes.value += 1;
}

effect(() => {
  const every = Number(param("every"));
  if (!(every >= 1)) return undefined;
  const timer = setInterval(() => document.hidden || refreshByItself(), every * 1000);
  return () => clearInterval(timer);
});
