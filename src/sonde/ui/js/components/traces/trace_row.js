// One trace in a list.

import { colourOf } from "../../lib/colours.js";
import { ago, clock, count, counted, duration, fullTime, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { shareOf } from "../../lib/log_scale.js";
import { memo } from "../../lib/memo.js";
import { toneOf } from "../../lib/tones.js";

const SERVICES_SHOWN = 6;
const SWATCHES_SHOWN = 4;

// scale: of logScale, null while nothing has a duration.
export function durationColumn(scale) {
  return { name: "Duration", note: "log scale", title: scale && `Logarithmic bars: from ${duration(10 ** scale.from)} at the left to ${duration(10 ** scale.to)} at the right` };
}

export function traceColumns(scale) {
  return ["Started", "Root", "Services", durationColumn(scale), "Spans", "Errors", "Status"];
}

// scale: of the bars. The rest is of RowList.
export const TraceRow = memo(({ trace, scale, isCurrent, isFirst, index, style }) => {
  const href = traceHref(trace.traceId);
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row trace-row", isCurrent && "current")} data-row=${trace.traceId} style=${style}>
    <${Started} at=${trace.startedAt} />
    <span role="cell" class="what">
      <a href=${href} tabindex=${isFirst ? "0" : "-1"}>${trace.hasRoot
        ? html`<bdi class="muted">${shortened(trace.rootService)}</bdi> <bdi>${shortened(trace.rootOperation) || "(no name)"}</bdi>`
        : html`<span class="chip warning" title="The span that the others are below was not received (yet).">root missing</span> <bdi class="muted">${shortened(trace.services[0] ?? "")}</bdi> <bdi>${shortened(trace.rootOperation)}</bdi>`}</a>
    </span>
    <${Services} names=${trace.services} />
    <${Duration} ns=${trace.durationNs} scale=${scale} isOpen=${trace.isOpen} isError=${trace.errorCount > 0} colour=${colourOf(trace.rootService || trace.services[0] || "")} />
    <span role="cell" class="number spans" title=${counted(trace.spanCount, "span")}>${count(trace.spanCount)}<i class="unit"> ${trace.spanCount === 1 ? "span" : "spans"}</i></span>
    <span role="cell" class=${classes("number errors", trace.errorCount > 0 && "error-text")} title=${counted(trace.errorCount, "error")}>${trace.errorCount > 0 ? count(trace.errorCount) : html`<span class="muted">–</span>`}<i class="unit"> ${trace.errorCount === 1 ? "error" : "errors"}</i></span>
    <span role="cell" class="state"><${State} status=${trace.status} isOpen=${trace.isOpen} /></span>
  </div>`;
});

export function Started({ at }) {
  return html`<span role="cell" class="started nowrap" title=${fullTime(at)}>${clock(at)} <span class="muted">${ago(at)}</span></span>`;
}

function Services({ names }) {
  return html`<span role="cell" class="services" title=${shortened(names.map((name) => shortened(name, 60)).join(", "), 600)}>
    <span class="swatches" aria-hidden="true">${names.slice(0, SWATCHES_SHOWN).map((name) => html`<i key=${name} class="swatch" style=${{ background: colourOf(name) }}></i>`)}</span>
    <bdi class="cut">${names.slice(0, SERVICES_SHOWN).map((name) => shortened(name, 60)).join(", ")}${names.length > SERVICES_SHOWN ? ` +${names.length - SERVICES_SHOWN}` : ""}</bdi>
  </span>`;
}

// A length of time as a number and as a bar beside those of the other rows.
export function Duration({ ns, scale, isOpen, isError, colour }) {
  return html`<span role="cell" class=${classes("took", isOpen && "running")}>
    <span class="took-bar" aria-hidden="true"><i style=${{ width: `${(100 * shareOf(ns, scale)).toFixed(2)}%`, background: isError ? "var(--error)" : colour }}></i></span>
    <span class="number">${isOpen && !ns ? "–" : duration(ns)}</span>
  </span>`;
}

export function State({ status, isOpen }) {
  if (isOpen) return html`<span class="chip running" title="Not all of its spans have ended">running</span>`;
  // Not "ok", which is a status that a search for it finds.
  if (status === "unset") return html`<span class="muted" title="No status was set (status:unset): nothing says that it failed">–</span>`;
  return html`<bdi class=${classes("chip", toneOf(status))} title=${shortened(status)}>${shortened(status, 40)}</bdi>`;
}
