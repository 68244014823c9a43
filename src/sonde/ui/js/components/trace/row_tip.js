// What a row says more, beside the pointer.

import { duration, percent } from "../../lib/format.js";
import { html, useLayoutEffect, useRef } from "../../lib/html.js";
import { cut, marksOf } from "./waterfall_row.js";

const NEAR_PX = 6;
const GAP_PX = 14;

export function RowTip({ pointer, scale }) {
  const at = pointer.value;
  const box = useRef(null);
  // Placed once its size is known, so that it never leaves the window.
  useLayoutEffect(() => {
    const tip = box.current;
    if (!tip) return;
    const { width, height } = tip.getBoundingClientRect();
    const left = at.clientX + GAP_PX + width > innerWidth ? Math.max(4, at.clientX - GAP_PX - width) : at.clientX + GAP_PX;
    const top = at.clientY + GAP_PX + height > innerHeight ? Math.max(4, at.clientY - GAP_PX - height) : at.clientY + GAP_PX;
    tip.style.transform = `translate(${left}px, ${top}px)`;
  });
  if (!at?.row) return null;
  const { row } = at;
  if (row.kind === "more") return null;
  return html`<div ref=${box} class="row-tip" aria-hidden="true">${row.kind === "log" ? html`<${LogTip} row=${row} />` : html`<${SpanTip} row=${row} at=${at} scale=${scale} />`}</div>`;
}

function LogTip({ row }) {
  return html`<p><b>${row.severity || "LOG"}</b> <span class="muted">at ${duration(row.ns)}</span></p><p><bdi>${cut(row.body)}</bdi></p>`;
}

function SpanTip({ row, at, scale }) {
  const near = at.inBars ? marksOf(row, scale).find((mark) => Math.abs(mark.x - at.x) <= NEAR_PX) : undefined;
  const critical = row.critical.reduce((sum, [from, to]) => sum + to - from, 0);
  const counts = [[row.descendantCount, "span below", "spans below"], [row.eventCount, "event"], [row.logCount, "log"], [row.linkCount, "link"]].filter(([number]) => number > 0);
  return html`<p><b><bdi>${cut(row.operation) || "(no name)"}</bdi></b></p>
    <p class="muted"><bdi>${cut(row.service)}</bdi> · ${row.spanKind}</p>
    <dl>
      <dt>Starts at</dt><dd>${duration(row.startNs)}</dd>
      ${row.isOpen ? html`<dt>Duration</dt><dd>still running</dd>` : html`<dt>Duration</dt><dd>${duration(row.durationNs)}</dd>
        ${row.childCount > 0 && html`<dt>Itself</dt><dd>${duration(row.selfNs)} (${percent(row.durationNs ? row.selfNs / row.durationNs : 0)})</dd>`}`}
      ${critical > 0 && html`<dt>On the critical path</dt><dd>${duration(critical)}</dd>`}
      ${row.sampleWeight > 1 && html`<dt>Sampled</dt><dd>stands for ${Math.round(row.sampleWeight)}</dd>`}
    </dl>
    ${row.error && html`<p class="error-text">Failed${row.exception ? html`: <bdi>${cut(row.exception)}</bdi>` : ""}</p>`}
    ${!row.isExpanded && row.errorBelow > 0 && html`<p class="error-text">${row.errorBelow} failed below</p>`}
    ${row.orphan && html`<p class="warning-text">Its parent ${row.parentSpanId} is not in this trace, or has not arrived yet.</p>`}
    ${counts.length > 0 && html`<p class="muted">${counts.map(([number, one, many = `${one}s`]) => `${number} ${number === 1 ? one : many}`).join(" · ")}</p>`}
    ${near && html`<ul class="tip-events">${near.events.slice(0, 6).map((event, index) => html`<li key=${index}><bdi>${cut(event.name)}</bdi> <span class="muted">at ${duration(event.ns)}</span></li>`)}
      ${near.events.length > 6 && html`<li class="muted">and ${near.events.length - 6} more</li>`}</ul>`}`;
}
