// Ranges of time as the API takes them: `since` and `until`, each before now (`15m`) or a moment (Unix milliseconds).

import { param, setParams } from "./route.js";

export const DEFAULT_SINCE = "1h";
export const RANGES = { "5m": "5 minutes", "15m": "15 minutes", "1h": "hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };

const UNITS_MS = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };
const RELATIVE = /^(\d+)([smhdw])$/;

// What is asked for now, for the parameters of a query.
export function timeRange() {
  const since = param("since");
  return { since: valid(since) ? since : DEFAULT_SINCE, until: valid(param("until")) ? param("until") : "" };
}

// The same in Unix milliseconds.
export function bounds({ since, until } = timeRange(), now = Date.now()) {
  return { fromMs: moment(since, now), toMs: until ? moment(until, now) : now };
}

export function isRelative({ since, until } = timeRange()) {
  return RELATIVE.test(since) && !until;
}

export function rangeLabel(range, clockText) {
  if (isRelative(range)) return `Last ${RANGES[range.since] ?? range.since}`;
  const { fromMs, toMs } = bounds(range);
  const from = clockText(fromMs);
  const to = range.until ? clockText(toMs) : "now";
  const date = from.slice(0, from.indexOf(" ") + 1);
  // Once is enough for the date of both.
  return `${from} – ${date && to.startsWith(date) ? to.slice(date.length) : to}`;
}

// Goes to a range; absolute ones in whole milliseconds.
export function setRange(fromMs, toMs) {
  setParams({ since: String(Math.floor(fromMs)), until: String(Math.ceil(Math.max(toMs, fromMs + 1))), every: "" });
}

export function zoomOut() {
  const { fromMs, toMs } = bounds();
  const half = (toMs - fromMs) / 2;
  setRange(fromMs - half, Math.min(toMs + half, Date.now()));
}

// Some time before and after a moment, for `href`.
export function around(atMs, paddingMs = 5 * 60e3) {
  return { since: String(Math.floor(atMs - paddingMs)), until: String(Math.ceil(atMs + paddingMs)) };
}

// The range a page has for what is like something of a moment: the page's own when it holds it, else half an hour on
// either side.
export function reaching(atMs) {
  const { fromMs, toMs } = bounds();
  return atMs >= fromMs && atMs <= toMs ? {} : { ...around(atMs, 30 * 60e3), every: "" };
}

function valid(text) {
  return RELATIVE.test(text) || /^\d{9,19}$/.test(text) || (/^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)));
}

function moment(text, now) {
  const relative = RELATIVE.exec(text);
  if (relative) return now - Number(relative[1]) * UNITS_MS[relative[2]];
  if (!/^\d+$/.test(text)) return Date.parse(text);
  // Unix seconds, milliseconds or nanoseconds, told by their length as the API does.
  const digits = text.length;
  if (digits <= 11) return Number(text) * 1e3;
  return digits <= 14 ? Number(text) : Number(BigInt(text) / 1_000_000n);
}
