// One span: when, what state, attributes, events, links, its logs, its resource.

import { h } from "../lib/dom.js";
import { clock, duration, nsBetween, unixNs } from "../lib/format.js";
import { traceHref } from "../lib/route.js";
import { logLines } from "./logs.js";

// Beyond the first a value takes the full width, beyond the second it scrolls.
const WIDE = 60;
const LONG = 400;

export function spanPanel(span, trace, logs, close) {
  const own = logs.filter((log) => log.spanId === span.spanId);
  return h("aside", { class: "panel", "aria-label": "Span" },
    h("header", {}, h("h2", {}, span.operation || "(no name)"),
      h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "✕")),
    h("div", { class: "facts" }, facts(span, trace)),
    span.statusMessage && h("p", { class: "status-message" }, span.statusMessage),
    section("Attributes", pairs(span.attributes)),
    section("Events", span.events.map((event) => eventBlock(event, trace))),
    section("Links", span.links.map(linkLine)),
    section("Logs", own.length ? [h("div", { class: "logs" }, logLines(own, trace))] : []),
    section("Resource", pairs(span.resource)),
    section("Scope", pairs({ ...named("name", span.scope.name), ...named("version", span.scope.version), ...span.scope.attributes })),
    section("Ids", pairs({ trace: span.traceId, span: span.spanId, ...named("parent", span.parentSpanId), ...named("trace state", span.traceState) })));
}

function facts(span, trace) {
  const after = nsBetween(trace.startUnixNs, span.startUnixNs);
  return [
    h("span", {}, span.service),
    span.component && span.component !== span.service && h("span", {}, span.component),
    h("span", {}, span.kind),
    h("span", { class: span.status === "error" ? "error-text" : "" }, h("b", {}, span.status)),
    h("span", {}, h("b", {}, span.isOpen ? "running" : duration(span.durationNs))),
    h("span", { title: span.startedAt }, `${clock(span.startedAt)}, ${duration(after)} in`),
  ];
}

function section(title, content) {
  return content.length > 0 && [h("h3", {}, title), ...content];
}

function pairs(values) {
  const names = Object.keys(values ?? {}).sort();
  if (names.length === 0) return [];
  return [h("dl", { class: "pairs" }, names.map((name) => pair(name, values[name])))];
}

function pair(name, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const wide = text.length > WIDE || text.includes("\n");
  return h("div", { class: wide && "block" },
    h("dt", {}, breakable(name)),
    h("dd", {}, text.length > LONG ? h("span", { class: "long", tabindex: 0 }, text) : text));
}

// A long name breaks after a dot or an underscore rather than in a word.
function breakable(name) {
  return name.split(/(?<=[._])/).flatMap((part) => [part, h("wbr")]);
}

function eventBlock(event, trace) {
  const after = nsBetween(trace.startUnixNs, unixNs(event.at));
  return h("div", { class: `span-event${event.name === "exception" ? " exception" : ""}` },
    h("span", { class: "name" }, event.name), h("span", { class: "muted" }, ` ${duration(Math.max(0, after))} in`),
    pairs(event.attributes));
}

function linkLine(link) {
  return h("div", {}, h("a", { href: traceHref(link.traceId, { span: link.spanId }) }, `${link.traceId} / ${link.spanId}`), pairs(link.attributes));
}

function named(name, text) {
  return text ? { [name]: text } : {};
}
