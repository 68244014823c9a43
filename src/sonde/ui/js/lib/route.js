// Where one is: the hash of the URL, `#/traces?q=status:error&since=1h`. In the hash the page needs to know nothing
// of the path that a proxy or another application serves it below.

import { computed, signal } from "./html.js";

export const route = signal(parse(location.hash));

// The range of time and the refresh go along from page to page.
const CARRIED = ["since", "until", "every"];

addEventListener("hashchange", read);
addEventListener("popstate", read);

// What a parameter is now; "" when absent. A signal: who reads it is drawn again when it changes.
const params = new Map();
export function param(name) {
  if (!params.has(name)) params.set(name, computed(() => route.value.params.get(name) ?? ""));
  return params.get(name).value;
}

// The address of a path with parameters; `undefined`, null and "" are left out.
export function href(path, wanted = {}) {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null && value !== "")).toString();
  return `#${path}${query ? `?${query}` : ""}`;
}

// The same, keeping the range of time.
export function hrefHere(path, wanted = {}) {
  const carried = Object.fromEntries(CARRIED.map((name) => [name, route.value.params.get(name)]));
  return href(path, { ...carried, ...wanted });
}

export function go(target, { replace = false } = {}) {
  if (target === (location.hash || "#/")) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  read();
}

// Changes some parameters of where one is. Replaces the address when `replace`: for what is looked at (a chosen
// row), where going back should leave the page.
export function setParams(changes, { replace = false } = {}) {
  const now = Object.fromEntries(route.value.params);
  go(href(route.value.path, { ...now, ...changes }), { replace });
}

function read() {
  const now = parse(location.hash);
  if (now.path !== route.value.path || now.params.toString() !== route.value.params.toString()) route.value = now;
}

function parse(hash) {
  const target = hash.replace(/^#/, "") || "/";
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    path,
    parts: path.split("/").filter(Boolean).map(decoded),
    params: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
