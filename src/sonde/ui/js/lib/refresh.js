// The page's refresh: a counter that grows when shown data should be asked for again, by hand or every few seconds
// (`every` in the URL). It rests while the page is hidden.

import { effect, signal } from "./html.js";
import { param } from "./route.js";

export const refreshes = signal(0);

export const EVERY = [["", "Off"], ["2", "2 s"], ["10", "10 s"], ["60", "1 min"]];

export function refresh() {
  refreshes.value += 1;
}

effect(() => {
  const every = Number(param("every"));
  if (!(every >= 1)) return undefined;
  const timer = setInterval(() => document.hidden || refresh(), every * 1000);
  return () => clearInterval(timer);
});
