// A trace as a tree of bars over time.

import { h } from "../lib/dom.js";
import { count, duration, nsBetween, unixNs } from "../lib/format.js";
import { onKey } from "../lib/keys.js";

const ROWS_AT_ONCE = 1000;
const TICKS = 5;

// `select(span)` is called when a row is chosen; spans come depth first, each with its `depth`.
export function waterfall(trace, select) {
  const lengthNs = Math.max(1, trace.durationNs);
  const collapsed = new Set();
  const rows = new Map();
  let shown = ROWS_AT_ONCE;
  let selected = null;

  const body = h("div", { role: "tree", "aria-label": "Spans" });
  const more = h("div", { class: "more", hidden: true }, h("button", { type: "button", onclick: () => { shown += ROWS_AT_ONCE; draw(); } }));
  const element = h("section", { class: "waterfall" }, axis(lengthNs), body, more);

  function visible() {
    const out = [];
    let hiddenBelow = Infinity;
    for (const span of trace.spans) {
      if (span.depth > hiddenBelow) continue;
      hiddenBelow = collapsed.has(span.spanId) ? span.depth : Infinity;
      out.push(span);
    }
    return out;
  }

  function draw() {
    const spans = visible();
    body.replaceChildren(...spans.slice(0, shown).map(rowOf));
    more.hidden = spans.length <= shown;
    more.firstChild.textContent = `Show more of ${count(spans.length)} spans`;
  }

  function rowOf(span) {
    if (!rows.has(span)) rows.set(span, spanRow(span, trace, lengthNs));
    const row = rows.get(span);
    if (span.childCount > 0) row.setAttribute("aria-expanded", String(!collapsed.has(span.spanId)));
    row.setAttribute("aria-selected", String(span.spanId === selected));
    row.tabIndex = span.spanId === selected ? 0 : -1;
    return row;
  }

  function toggle(span, close = !collapsed.has(span.spanId)) {
    if (span.childCount === 0) return;
    if (close) collapsed.add(span.spanId);
    else collapsed.delete(span.spanId);
    draw();
  }

  function mark(spanId) {
    selected = spanId;
    for (const span of rows.keys()) rowOf(span);
  }

  function step(by) {
    const spans = visible().slice(0, shown);
    const at = spans.findIndex((span) => span.spanId === selected);
    const next = spans[Math.min(spans.length - 1, Math.max(0, at + by))];
    if (!next) return;
    select(next);
    rows.get(next).scrollIntoView({ block: "nearest" });
  }

  const spanOf = (row) => trace.spans.find((span) => rows.get(span) === row);
  const current = () => trace.spans.find((span) => span.spanId === selected);
  body.addEventListener("click", (event) => {
    const row = event.target.closest(".span-row");
    if (!row) return;
    if (event.target.closest(".toggle")) toggle(spanOf(row));
    else select(spanOf(row));
  });
  const forget = [
    onKey("j", () => step(1)), onKey("k", () => step(-1)),
    onKey("ArrowDown", () => step(1)), onKey("ArrowUp", () => step(-1)),
    onKey("ArrowLeft", () => current() && toggle(current(), true)),
    onKey("ArrowRight", () => current() && toggle(current(), false)),
  ];

  draw();
  return { element, mark, leave: () => forget.forEach((undo) => undo()) };
}

function axis(lengthNs) {
  const ticks = Array.from({ length: TICKS }, (_, index) => index / (TICKS - 1));
  return h("div", { class: "axis" },
    h("div", {}, "Span"),
    h("div", { class: "ticks", "aria-hidden": "true" }, ticks.map((at) => h("span", { vars: { at } }, duration(at * lengthNs)))));
}

function spanRow(span, trace, lengthNs) {
  const offset = nsBetween(trace.startUnixNs, span.startUnixNs);
  const from = clamp(offset / lengthNs);
  const share = span.isOpen ? 1 - from : Math.min(1 - from, span.durationNs / lengthNs);
  const failed = span.status === "error";
  const length = span.isOpen ? "running" : duration(span.durationNs);
  const service = span.orphan ? `${span.service} · parent missing` : span.service;
  return h("div", {
    class: `span-row${failed ? " failed" : ""}${span.isOpen ? " open" : ""}`,
    role: "treeitem", "aria-level": span.depth + 1, vars: { depth: span.depth }, "data-span": span.spanId,
    "aria-label": `${span.service} ${span.operation}, ${length}${failed ? ", error" : ""}`,
  },
  h("div", { class: "label", title: `${span.service}: ${span.operation}` },
    h("button", { type: "button", class: "toggle", tabindex: -1, "aria-hidden": "true", disabled: span.childCount === 0 }),
    h("span", { class: "operation" }, span.operation || "(no name)"),
    h("span", { class: "service" }, service)),
  h("div", { class: "track" },
    h("div", { class: "bar", vars: { from: from.toFixed(6), share: share.toFixed(6) } }),
    span.events.map((event) => eventMark(event, trace, lengthNs)),
    h("span", { class: "time", vars: { end: (from + share).toFixed(6) } }, length)));
}

function eventMark(event, trace, lengthNs) {
  const at = clamp(nsBetween(trace.startUnixNs, unixNs(event.at)) / lengthNs);
  const kind = event.name === "exception" ? "mark exception" : "mark";
  return h("span", { class: kind, title: event.name, vars: { at: at.toFixed(6) } });
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}
