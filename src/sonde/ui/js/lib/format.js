// Times and quantities as people read them.

import { timeZone } from "./prefs.js";

const NS_PER_MS = 1e6;

export function duration(ns) {
  if (!ns) return "0";
  const us = Math.abs(ns) / 1e3;
  const sign = ns < 0 ? "−" : "";
  if (us < 1) return `${sign}${Math.round(us * 1e3)} ns`;
  if (us < 999.5) return `${sign}${digits(us)} µs`;
  const ms = us / 1e3;
  if (ms < 999.5) return `${sign}${digits(ms)} ms`;
  const s = ms / 1e3;
  if (s < 59.95) return `${sign}${digits(s)} s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 48 * 3600) return `${sign}${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return `${sign}${Math.round(whole / 86_400)} days`;
}

export function durationMs(ms) {
  return ms === null || ms === undefined ? "–" : duration(ms * NS_PER_MS);
}

export function count(value) {
  return Number(value).toLocaleString("en-US", { maximumFractionDigits: 0 });
}

// Few digits, for where there is little room: 950, 1.2k, 34k, 5.6M.
export function compact(value) {
  const [unit, name] = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([each]) => Math.abs(value) >= each) ?? [1, ""];
  const scaled = value / unit;
  return `${Number.isInteger(scaled) || Math.abs(scaled) >= 100 ? Math.round(scaled) : Number(scaled.toPrecision(2))}${name}`;
}

export function perSecond(value) {
  if (!value) return "0/s";
  if (value < 0.1) return `${Number((value * 60).toPrecision(2))}/min`;
  return `${value < 10 ? Number(value.toPrecision(2)) : compact(value)}/s`;
}

export function percent(share) {
  if (!share) return "0 %";
  const value = share * 100;
  return value < 0.1 ? "< 0.1 %" : `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

export function bytes(size) {
  const [unit, name] = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]].find(([each]) => size >= each) ?? [1, "B"];
  const scaled = size / unit;
  return `${scaled < 10 && unit > 1 ? scaled.toFixed(1) : Math.round(scaled)} ${name}`;
}

// US dollars; small sums with three significant digits.
export function dollars(value) {
  if (value === null || value === undefined) return "–";
  if (value !== 0 && Math.abs(value) < 0.01) return `$${value.toLocaleString("en-US", { maximumSignificantDigits: 3 })}`;
  return Math.abs(value) < 1 ? `$${value.toFixed(3)}` : `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

// Time of day with milliseconds, in the chosen time zone; the date as well when it is not today's.
export function clock(at) {
  const date = new Date(at);
  const part = parts(date);
  const time = `${pad(part.hours)}:${pad(part.minutes)}:${pad(part.seconds)}.${pad(date.getMilliseconds(), 3)}`;
  return day(date) === day(new Date()) ? time : `${day(date)} ${time}`;
}

// Date and time to the minute, or to the second where that says more.
export function dateTime(at) {
  const date = new Date(at);
  const part = parts(date);
  const seconds = part.seconds ? `:${pad(part.seconds)}` : "";
  return `${day(date)} ${pad(part.hours)}:${pad(part.minutes)}${seconds}`;
}

// Everything, for a tooltip: with the zone, and how long ago.
export function fullTime(at) {
  return `${day(new Date(at))} ${clock(at).slice(-12)} ${timeZone.value === "utc" ? "UTC" : "local time"} (${ago(at)})`;
}

export function ago(at) {
  const s = (Date.now() - new Date(at).getTime()) / 1e3;
  if (s < -1) return "in the future";
  if (s < 60) return `${Math.max(0, Math.round(s))} s ago`;
  if (s < 3600) return `${Math.round(s / 60)} min ago`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h ago`;
  return `${Math.round(s / 86_400)} days ago`;
}

// Nanoseconds between two times given as decimal strings; exact up to 104 days.
export function nsBetween(fromUnixNs, toUnixNs) {
  return Number(BigInt(toUnixNs) - BigInt(fromUnixNs));
}

// The nanoseconds since 1970 of a time as the API tells it, as a decimal string.
export function unixNs(at) {
  const belowMs = /\.(\d+)/.exec(at)?.[1].padEnd(9, "0").slice(3, 9) ?? "0";
  return String(BigInt(Date.parse(at)) * 1_000_000n + BigInt(belowMs));
}

// `3 spans`, `1 span`.
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

// The beginning of a long text, for where one line of it is shown: a name may have 100 000 characters. Changes of the
// writing direction that it leaves open end with it, as they would turn what stands beside it.
export function shortened(text, most = 300) {
  const short = text.length > most ? `${text.slice(0, most)}…` : text;
  return ISOLATES.test(short) ? closed(short) : short;
}

// LRI, RLI and FSI are each ended by a PDI (Unicode Bidirectional Algorithm, BD9); the others end where <bdi> does.
const ISOLATES = /[\u2066-\u2068]/;

function closed(text) {
  let open = 0;
  for (const sign of text) {
    if (ISOLATES.test(sign)) open += 1;
    else if (sign === "\u2069") open = Math.max(0, open - 1);
  }
  return text + "\u2069".repeat(open);
}

function parts(date) {
  return timeZone.value === "utc"
    ? { year: date.getUTCFullYear(), month: date.getUTCMonth(), date: date.getUTCDate(), hours: date.getUTCHours(), minutes: date.getUTCMinutes(), seconds: date.getUTCSeconds() }
    : { year: date.getFullYear(), month: date.getMonth(), date: date.getDate(), hours: date.getHours(), minutes: date.getMinutes(), seconds: date.getSeconds() };
}

function day(date) {
  const part = parts(date);
  return `${part.year}-${pad(part.month + 1)}-${pad(part.date)}`;
}

function digits(value) {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}

function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}
