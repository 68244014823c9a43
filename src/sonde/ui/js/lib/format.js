// Times and quantities as people read them.

const NS_PER_MS = 1e6;

export function duration(ns) {
  if (ns === 0) return "0";
  const us = ns / 1e3;
  if (us < 1) return `${Math.round(ns)} ns`;
  if (us < 1000) return `${digits(us)} µs`;
  const ms = us / 1e3;
  if (ms < 1000) return `${digits(ms)} ms`;
  const s = ms / 1e3;
  if (s < 60) return `${digits(s)} s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

export function durationMs(ms) {
  return ms === null || ms === undefined ? "–" : duration(ms * NS_PER_MS);
}

export function count(value) {
  return Number(value).toLocaleString("en-US");
}

export function percent(share) {
  if (!share) return "0 %";
  const value = share * 100;
  return value < 0.1 ? "< 0.1 %" : `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

// Local time of day with milliseconds; the date as well when it is not today.
export function clock(iso) {
  const at = new Date(iso);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  return at.toDateString() === new Date().toDateString() ? time : `${day(at)} ${time}`;
}

export function ago(iso) {
  const s = (Date.now() - Date.parse(iso)) / 1e3;
  if (s < -1) return "in the future";
  if (s < 60) return `${Math.max(0, Math.round(s))} s ago`;
  if (s < 3600) return `${Math.round(s / 60)} min ago`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h ago`;
  return `${Math.round(s / 86400)} days ago`;
}

// Unix nanoseconds, as a decimal string, of a UTC time with up to nine digits of a second.
export function unixNs(iso) {
  const [seconds, fraction = ""] = iso.replace(/Z$/, "").split(".");
  return `${Date.parse(`${seconds}Z`) / 1000}${fraction.padEnd(9, "0")}`;
}

// Nanoseconds between two times given as decimal strings; exact up to 104 days.
export function nsBetween(fromUnixNs, toUnixNs) {
  return Number(BigInt(toUnixNs) - BigInt(fromUnixNs));
}

function digits(value) {
  if (value < 10) return value.toFixed(2);
  return value < 100 ? value.toFixed(1) : String(Math.round(value));
}

function day(at) {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}
