// A row of the waterfall: the name of a span, how deep it is, and its bar. There are some fifty in view and hundreds
// pass while someone scrolls, so each has few elements, and listeners are on the list alone.

import { barOf, endOf, labelPlace, stripes } from "./bar.js";
import { colourOf } from "../../lib/colours.js";
import { compact, duration } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Icon } from "../icons.js";

const NAME_CHARACTERS = 300;
const INDENT_PX = 14;
const MARK_ROOM_PX = 5;

// look: what all rows have in common, { traceId, scale, names, indent, isStacked, dims }. is: what this one is,
// { current, opened, match, found }.
export function spanRow(row, style, look, is) {
  const bar = barOf(row, look.scale);
  const isCut = row.childCount > 0 && !row.isExpanded;
  const text = row.isOpen ? "running" : duration(row.durationNs);
  const isDim = look.dims && row.critical.length === 0;
  return html`<div key=${`s${row.spanId}`} id=${`row-${row.row}`} data-row=${row.row} role="treeitem" style=${{ ...style, "--c": colourOf(row.service) }} aria-level=${row.depth + 1}
    aria-expanded=${row.childCount > 0 ? String(row.isExpanded) : null} aria-selected=${String(is.current)} aria-label=${spoken(row)}
    class=${classes("tr", is.current && "at", is.opened && "opened", is.match && "match", is.found && "found", row.error && "failed", isDim && "dim")}>
    <div class="tr-name" style=${{ paddingLeft: `${look.indent(row.depth)}px` }}>
      ${row.depth > 0 && html`<i class="guides" style=${{ width: `${look.indent(row.depth)}px` }}></i>`}
      <span class=${classes("fold", row.childCount > 0 && (row.isExpanded ? "is-open" : "is-shut"))} data-fold=${row.childCount > 0 ? "" : null}></span>
      <i class="swatch"></i>
      ${row.error && html`<${Icon} name="errors" size=${13} />`}
      <a class="cut" tabindex="-1" href=${traceHref(look.traceId, { span: row.spanId })}><bdi>${cut(row.operation) || "(no name)"}</bdi> <bdi class="muted">${cut(row.service)}</bdi></a>
      ${row.exception && html`<span class="tag error-text cut"><bdi>${cut(row.exception)}</bdi></span>`}
      ${row.orphan && html`<span class="tag warning-text">parent missing</span>`}
      ${row.linkCount > 0 && html`<span class="tag muted"><${Icon} name="link" size=${12} /></span>`}
      ${isCut && html`<span class=${classes("tag below", row.errorBelow > 0 && "error-text")}>${row.errorBelow > 0 && html`<${Icon} name="errors" size=${11} />`}+${compact(row.descendantCount)}</span>`}
      ${look.isStacked && html`<span class="tag muted">${text}</span>`}
    </div>
    <div class="tr-bar">
      ${bar.side ? html`<i class=${`aside ${bar.side}`}></i>` : html`
        <i class=${classes("bar", row.isOpen && "running", bar.startsBefore && "cut-left", bar.endsAfter && "cut-right")} style=${{ transform: `translateX(${bar.left.toFixed(1)}px)`, width: `${bar.width.toFixed(1)}px`, ...filled(row, bar, look.scale) }}></i>
        ${marksOf(row, look.scale).map((mark) => html`<i class=${classes("mark", mark.isError && "bad")} style=${{ left: `${mark.x}px` }}></i>`)}
        ${look.isStacked ? null : label(bar, text, look.scale.width)}`}
    </div>
  </div>`;
}

function label(bar, text, width) {
  const { isInside, style } = labelPlace(bar, text, width);
  return html`<span class=${classes("tr-time", isInside && "inside")} style=${style}>${text}</span>`;
}

// A log record below its span, or where there are more of them than are shown.
export function logRow(row, style, look, is) {
  const { from, to, width } = look.scale;
  const indent = look.indent(row.depth) + INDENT_PX;
  const x = row.kind === "log" ? ((row.ns - from) * width) / (to - from) : -1;
  return html`<div key=${`l${row.row}`} id=${`row-${row.row}`} data-row=${row.row} role="treeitem" style=${style} aria-level=${row.depth + 1} aria-selected=${String(is.current)} class=${classes("tr tr-log", is.current && "at")}>
    <div class="tr-name" style=${{ paddingLeft: `${indent}px` }}>
      <i class="guides" style=${{ width: `${look.indent(row.depth)}px` }}></i>
      ${row.kind === "more"
        ? html`<span class="muted">${`${compact(row.logCount)} more in the panel of the span`}</span>`
        : html`<b class=${classes("severity", severityTone(row.severityNumber))}>${row.severity || "LOG"}</b> <bdi class="cut">${cut(row.eventName ? `${row.eventName} ${row.body}` : row.body)}</bdi>`}
    </div>
    <div class="tr-bar">${x >= 0 && x <= width && html`<i class=${classes("mark log", severityTone(row.severityNumber))} style=${{ left: `${x.toFixed(1)}px` }}></i>`}</div>
  </div>`;
}

// Where a row will be that has not come yet.
export function missingRow(index, style) {
  return html`<div key=${`p${index}`} data-row=${index} class="tr" style=${style} role="presentation"><div class="tr-name"><i class="waiting"></i></div></div>`;
}

// Events in view that do not lie on each other: [{ x, isError, events }].
export function marksOf(row, { from, to, width }) {
  const marks = [];
  for (const event of row.events) {
    const x = Math.round(((event.ns - from) * width) / (to - from));
    if (x < 0 || x > width) continue;
    const last = marks.at(-1);
    if (last && Math.abs(x - last.x) < MARK_ROOM_PX) {
      last.events.push(event);
      last.isError ||= event.name === "exception";
    } else marks.push({ x, isError: event.name === "exception", events: [event] });
  }
  return marks;
}

export function severityTone(number) {
  if (number >= 17) return "error-text";
  return number >= 13 ? "warning-text" : "muted";
}

// Full where the span itself was at work, lighter where only what is below it was; the critical path along the foot.
function filled(row, bar, scale) {
  const own = row.childCount > 0 && !row.isOpen ? row.selfParts : null;
  const critical = stripes(row.critical, bar, scale, "var(--critical)");
  const self = own ? stripes(own, bar, scale, "var(--c)") : "";
  const images = [critical, self].filter(Boolean);
  if (images.length === 0) return own ? { backgroundColor: "var(--waits)" } : {};
  return {
    backgroundColor: own ? "var(--waits)" : "var(--c)",
    backgroundImage: images.join(", "),
    backgroundSize: [critical && "100% 3px", self && "100% 100%"].filter(Boolean).join(", "),
  };
}

function spoken(row) {
  const said = [cut(row.operation) || "no name", cut(row.service), row.isOpen ? "running" : duration(row.durationNs)];
  if (row.error) said.push(row.exception ? `failed: ${cut(row.exception)}` : "failed");
  if (row.orphan) said.push("parent missing");
  if (row.errorBelow > 0 && !row.isExpanded) said.push("failures below");
  return said.join(", ");
}

export function cut(text) {
  return text.length > NAME_CHARACTERS ? `${text.slice(0, NAME_CHARACTERS)}…` : text;
}

// How far to the right a depth is: even steps where the deepest has room for them, else ever smaller ones.
export function indentation(maxDepth, namesPx) {
  const most = namesPx * 0.5;
  if (maxDepth * INDENT_PX <= most) return (depth) => depth * INDENT_PX;
  return (depth) => Math.round((most * depth) / (depth + most / INDENT_PX));
}

export { endOf, INDENT_PX };
