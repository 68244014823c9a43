// What one component did, in true time: marks of its events, and below them its spans as bars that lead to their traces.

import { colourOf } from "../../lib/colours.js";
import { count, counted, duration, shortened } from "../../lib/format.js";
import { classes, html, useMemo } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { packed } from "../../lib/packing.js";
import { Icon } from "../icons.js";
import { ComponentName } from "../name.js";

const ROW_PX = 20;
const MARKS_PX = 14;
const MOST_ROWS = 12;
const MOST_ROWS_ALONE = 80;

// scale: of Timeline. marks: events of the component. onAlone(): show it alone, or all again.
export function Lane({ lane, marks, scale, isFolded, isAlone, onFold, onAlone, onEvent }) {
  const endOf = (span) => (span.isOpen ? scale.toNs : span.startNs + span.durationNs);
  const placed = useMemo(
    () => packed(lane.spans.map((span) => ({ id: `${span.traceId}${span.spanId}`, parent: `${span.traceId}${span.parentSpanId}`, startNs: span.startNs, endNs: endOf(span) })), scale.least),
    [lane, scale.fromNs, scale.toNs],
  );
  const most = isAlone ? MOST_ROWS_ALONE : MOST_ROWS;
  const rows = Math.min(most, placed.count);
  const shown = lane.spans.filter((span) => placed.rows.get(`${span.traceId}${span.spanId}`) < rows);
  const hidden = lane.spanCount - shown.length;
  const name = shortened(lane.component, 100) || "(no name)";
  return html`<section class="lane" aria-label=${name}>
    <div class="lane-head">
      <button type="button" class="plain lane-fold" aria-expanded=${String(!isFolded)} aria-label=${`${isFolded ? "Open" : "Close"} ${name}`} onClick=${onFold}><${Icon} name=${isFolded ? "chevron" : "down"} size=${12} /></button>
      <button type="button" class="plain lane-name" aria-pressed=${String(isAlone)} title=${isAlone ? "Show all components" : "Show this component alone"} onClick=${onAlone}><${ComponentName} name=${lane.component} /></button>
      <span class="muted nowrap">${counted(lane.spanCount, "span")}${lane.errorCount > 0 && html`, <span class="error-text">${count(lane.errorCount)} failed</span>`}</span>
    </div>
    ${!isFolded && html`<div class="lane-time" style=${{ height: `${MARKS_PX + Math.max(0, rows) * ROW_PX}px` }}>
      ${marks.filter((event) => event.startNs >= scale.fromNs && event.startNs <= scale.toNs).map((event) => html`<i key=${event.eventId} class=${classes("lane-mark", toneOfEvent(event))} style=${{ left: `min(${scale.share(event.startNs)}, calc(100% - 4px))` }} title=${`${shortened(event.eventType, 80)}: ${shortened(event.reason || event.message, 200)}`} onClick=${() => onEvent(event.eventId)}></i>`)}
      ${shown.map((span) => html`<${Bar} key=${`${span.traceId}${span.spanId}`} span=${span} endNs=${endOf(span)} row=${placed.rows.get(`${span.traceId}${span.spanId}`)} scale=${scale} colour=${colourOf(lane.component)} />`)}
    </div>`}
    ${!isFolded && hidden > 0 && html`<p class="lane-rest muted"><span>${count(hidden)} more ${hidden === 1 ? "span is" : "spans are"} not drawn: the shorter ones</span>${!isAlone && html` · <button type="button" class="plain" onClick=${onAlone}>this component alone</button>`}</p>`}
  </section>`;
}

// "error" (also for violations), "warning", "skipped" or "".
export function toneOfEvent(event) {
  if (event.violation || event.severityNumber >= 17) return "error";
  if (event.severityNumber >= 13) return "warning";
  return event.status === "skipped" || event.status === "blocked" ? "skipped" : "";
}

function Bar({ span, endNs, row, scale, colour }) {
  const { operation, status, isOpen, message } = span;
  const took = isOpen ? "running" : duration(span.durationNs);
  const said = `${shortened(operation, 100) || "(no name)"}, ${shortened(status, 40)}, ${took}${message ? `: ${shortened(message, 200)}` : ""}`;
  return html`<a class=${classes("span-bar row-link", status === "error" && "error", isOpen && "running")} tabindex="-1" href=${traceHref(span.traceId, { span: span.spanId })} aria-label=${said} title=${said}
    style=${{ left: `min(${scale.share(span.startNs)}, calc(100% - 4px))`, width: scale.length(span.startNs, endNs), top: `${MARKS_PX + row * ROW_PX}px`, "--bar-colour": status === "error" ? null : colour }}><bdi>${shortened(operation, 80)}</bdi></a>`;
}
