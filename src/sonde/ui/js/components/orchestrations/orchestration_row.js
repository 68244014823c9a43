// One orchestration in a list.

import { colourOf } from "../../lib/colours.js";
import { count, counted, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { orchestrationHref } from "../../lib/links.js";
import { memo } from "../../lib/memo.js";
import { toneOf } from "../../lib/tones.js";
import { Duration, Started, durationColumn } from "../traces/trace_row.js";


export function orchestrationColumns(scale) {
  return ["Started", "Orchestration", "Phase", "Components", durationColumn(scale), "Spans", "Events", "Errors", "Violations", "Status"];
}

// scale: of the bars. The rest is of RowList.
export const OrchestrationRow = memo(({ found, scale, isCurrent, isFirst, index, style }) => {
  const { orchestrationId, status, message, phase, phases, components, errorCount, violationCount } = found;
  const told = components.map((name) => shortened(name, 60)).join(", ");
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row orchestration-row", isCurrent && "current")} data-row=${orchestrationId} style=${style}>
    <${Started} at=${found.startedAt} />
    <span role="cell" class="what"><a href=${orchestrationHref(orchestrationId)} tabindex=${isFirst ? "0" : "-1"}><bdi>${shortened(orchestrationId, 160)}</bdi>${message && html` <bdi class="muted">· ${shortened(message.split("\n")[0], 160)}</bdi>`}</a></span>
    <span role="cell" class="phase"><bdi class="cut" title=${shortened(phases.map((each) => shortened(each, 60)).join(" → "), 600)}>${phase ? shortened(phase, 60) : html`<span class="muted">–</span>`}</bdi></span>
    <span role="cell" class="components muted" title=${shortened(told, 600)}><span class="swatches" aria-hidden="true">${components.slice(0, 6).map((name) => html`<i key=${name} class="swatch" style=${{ background: colourOf(name) }}></i>`)}</span> <bdi class="cut">${shortened(told, 160)}</bdi></span>
    <${Duration} ns=${found.durationNs} scale=${scale} isOpen=${found.isOpen} isError=${status === "error"} colour="var(--bar)" />
    <span role="cell" class="number spans" title=${counted(found.spanCount, "span")}>${count(found.spanCount)}</span>
    <span role="cell" class="number events" title=${counted(found.eventCount, "event")}>${count(found.eventCount)}</span>
    <span role="cell" class=${classes("number errors", errorCount > 0 && "error-text")} title=${counted(errorCount, "failed span")}>${errorCount > 0 ? count(errorCount) : html`<span class="muted">–</span>`}<i class="unit">${errorCount === 1 ? " error" : " errors"}</i></span>
    <span role="cell" class=${classes("number broken", violationCount > 0 && "error-text")} title=${counted(violationCount, "violation")}>${violationCount > 0 ? count(violationCount) : html`<span class="muted">–</span>`}<i class="unit">${violationCount === 1 ? " violation" : " violations"}</i></span>
    <span role="cell" class="state"><${OrchestrationStatus} ...${found} /></span>
  </div>`;
});

// How it goes, or went.
export function OrchestrationStatus({ status, spanStatus, violationCount }) {
  if (status === "unset") return html`<span class="muted" title="No span of it is stored: nothing says how it went">–</span>`;
  const why = status === "violated" ? `${spanStatus === "success" ? "success, but " : ""}${counted(violationCount, "violation")}` : undefined;
  return html`<bdi class=${classes("chip", toneOf(status))} title=${why}>${shortened(status, 40)}</bdi>`;
}
