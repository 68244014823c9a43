// The page's refresh: a counter that grows when shown data should be asked for again, by hand or every few seconds
// (`every` in the URL). It rests while the page is hidden.

import { computed, effect, signal, useEffect } from "./html.js";
import { param } from "./route.js";

export const refreshes = signal(0);

export const EVERY = [["0", "Off"], ["2", "2 s"], ["10", "10 s"], ["60", "1 min"]];

// What a page does where the URL says nothing; a range that has ended does not change.
const everyOfPage = signal("");
export const every = computed(() => param("every") || (param("until") ? "" : everyOfPage.value) || "0");

// For pages that show what happens now: they refresh every so many seconds until someone chooses otherwise.
export function useRefreshEvery(seconds) {
  useEffect(() => {
    everyOfPage.value = String(seconds);
    return () => { everyOfPage.value = ""; };
  }, [seconds]);
}

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
  const seconds = Number(every.value);
  if (!(seconds >= 1)) return undefined;
  const timer = setInterval(() => document.hidden || refreshByItself(), seconds * 1000);
  return () => clearInterval(timer);
});
