// The JSON of /api/v1, relative to the page so that it works below a proxy's path too.

import { signal } from "./html.js";
import { UNREACHABLE, isPassing, lose } from "./reach.js";

const KEY = "sonde.key";

// True once the server has asked for a key that this browser lacks.
export const keyWanted = signal(null);

export class ApiError extends Error {
  constructor(status, { code = "", message = "", hint = "", position } = {}) {
    super(message);
    Object.assign(this, { status, code, hint, position });
  }
}

// isKept: for the other tabs and the next visits too, until it is forgotten; else for this tab alone.
export function setKey(key, isKept = false) {
  forgetKey();
  (isKept ? localStorage : sessionStorage).setItem(KEY, key);
  keyWanted.value = null;
}

export function forgetKey() {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

// The key of this tab, else the one that is kept; null without one.
export function keyInUse() {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
}

// An id as a segment of an endpoint's path. Browsers take `.` and `..` for steps, encoded ones as well: such an id, and
// what looks like it, has a `~` before it, which the server takes away (src/sonde/id_paths.py).
export function idInPath(id) {
  return encodeURIComponent(/^~*\.{1,2}$/.test(id) ? `~${id}` : id);
}

// The address of an endpoint; values that are undefined, null or "" are left out.
export function apiUrl(path, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "")).toString();
  return `api/v1/${path}${query ? `?${query}` : ""}`;
}

// Answers the parsed JSON; throws ApiError with the server's message and hint, AbortError when called off.
export async function get(path, params = {}, abort = undefined) {
  const url = apiUrl(path, params);
  const found = begun(url);
  if (found) abort?.addEventListener("abort", () => found.calls.abort());
  const answer = await request(url, abort, found?.answer);
  return found?.data ?? answer.json();
}

// What `get` would answer, if early.js asked for it and it is there already; else null.
export function early(path, params = {}) {
  const url = apiUrl(path, params);
  return window.early.get(url)?.data ? begun(url).data : null;
}

// Has the server do something: a POST of no body to an address below `api/`. Answers and throws as `get`.
export async function order(path, params = {}, abort = undefined) {
  const url = `api/${path}?${new URLSearchParams(params)}`;
  return (await request(url, abort, undefined, "POST")).json();
}

// The response of an endpoint, for what is no JSON: streams and downloads. underWay: a promise of it, where it was asked for.
export async function request(url, abort = undefined, underWay = undefined, method = "GET") {
  const key = keyInUse();
  let answer;
  try {
    answer = await (underWay ?? fetch(url, { method, signal: abort, headers: key ? { Authorization: `Bearer ${key}` } : {} }));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    lose();
    throw new ApiError(0, { code: UNREACHABLE, message: "The server does not answer.", hint: "Is `sonde serve` running? This page tries again by itself." });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  const error = new ApiError(answer.status, body.error ?? { message: `The server answered ${answer.status}.` });
  if (error.status === 401) keyWanted.value = error;
  if (isPassing(error)) lose();
  throw error;
}

// What early.js asked for before this script was there; once.
function begun(url) {
  const found = window.early.get(url);
  window.early.delete(url);
  return found;
}

// Saves what an endpoint answers as a file, with the key that a plain link could not carry.
export async function download(url, name) {
  const blob = await (await request(url)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
