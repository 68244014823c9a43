// What a person prefers in this browser; kept in local storage, a signal each.

import { effect, signal } from "./html.js";

const KEPT = "sonde.";

export const theme = kept("theme", "auto"); // auto, light, dark
export const timeZone = kept("timeZone", "local"); // local, utc
export const codeUrl = kept("codeUrl", ""); // a template with {path} and {line}; "" is the server's
export const recentSearches = kept("recentSearches", []); // [{ signal, q }], the newest first
export const traceSplit = kept("traceSplit", 0.38); // the share of the names in a waterfall
export const spanTab = kept("spanTab", "details");
export const spanFolds = kept("spanFolds", {}); // what was folded or unfolded by hand: { name: isOpen }
export const logColumns = kept("logColumns", []); // what the table of logs shows besides time, severity, component, body
export const wrapsLogs = kept("wrapsLogs", false);

const MOST_RECENT = 20;

export function remember(searched, q) {
  if (!q.trim()) return;
  const others = recentSearches.value.filter((each) => !(each.signal === searched && each.q === q));
  recentSearches.value = [{ signal: searched, q }, ...others].slice(0, MOST_RECENT);
}

// A search that turned out to be none.
export function forget(searched, q) {
  recentSearches.value = recentSearches.value.filter((each) => !(each.signal === searched && each.q === q));
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

function kept(name, initial) {
  const value = signal(read(name, initial));
  let first = true;
  effect(() => {
    const now = JSON.stringify(value.value);
    if (first) {
      first = false;
      return;
    }
    try {
      localStorage.setItem(KEPT + name, now);
    } catch {
      // Storage is full or switched off: the choice lasts as long as the page.
    }
  });
  return value;
}

function read(name, initial) {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT + name));
    return found !== null && typeof found === typeof initial && Array.isArray(found) === Array.isArray(initial) ? found : initial;
  } catch {
    return initial;
  }
}
