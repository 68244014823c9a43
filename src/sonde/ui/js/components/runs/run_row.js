// One run in a list.

import { colourOf } from "../../lib/colours.js";
import { count, counted, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { runHref } from "../../lib/links.js";
import { memo } from "../../lib/memo.js";
import { toneOf } from "../../lib/tones.js";
import { Duration, Started, durationColumn } from "../traces/trace_row.js";

export function runColumns(scale) {
  return ["Started", "Run", "Entities", "Attempts", durationColumn(scale), "Spans", "Errors", "Status"];
}


// scale: of the bars. The rest is of RowList.
export const RunRow = memo(({ run, scale, isCurrent, isFirst, index, style }) => {
  const entities = Object.entries(run.entityCounts).sort(([, one], [, other]) => other - one).map(([type, number]) => `${shortened(type, 40)} ${count(number)}`).join(", ");
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row run-row", isCurrent && "current")} data-row=${run.runId} style=${style}>
    <${Started} at=${run.startedAt} />
    <span role="cell" class="what"><a href=${runHref(run.runId)} tabindex=${isFirst ? "0" : "-1"}>${run.job && html`<bdi>${shortened(run.job, 80)}</bdi> `}<bdi class=${run.job ? "muted" : ""}>${shortened(run.runId, 120)}</bdi>${run.message && html` <bdi class="muted">· ${shortened(run.message.split("\n")[0], 160)}</bdi>`}</a></span>
    <span role="cell" class="entities muted"><bdi class="cut" title=${shortened(entities, 600)}>${entities || "–"}</bdi></span>
    <span role="cell" class=${classes("number attempts", run.attempts > 1 ? "" : "muted")} title=${counted(run.attempts, "attempt")}>${count(run.attempts)}<i class="unit">${run.attempts === 1 ? " attempt" : " attempts"}</i></span>
    <${Duration} ns=${run.durationNs} scale=${scale} isOpen=${run.status === "running"} isError=${run.status === "error"} colour=${colourOf(run.job || run.services[0] || "")} />
    <span role="cell" class="number spans">${count(run.spanCount)}<i class="unit">${run.spanCount === 1 ? " span" : " spans"}</i></span>
    <span role="cell" class=${classes("number errors", run.errorCount > 0 && "error-text")}>${run.errorCount > 0 ? count(run.errorCount) : html`<span class="muted">–</span>`}<i class="unit">${run.errorCount === 1 ? " error" : " errors"}</i></span>
    <span role="cell" class="state"><${RunStatus} status=${run.status} /></span>
  </div>`;
});

// What became of a run, or of one of its attempts.
export function RunStatus({ status }) {
  return html`<bdi class=${classes("chip", toneOf(status))} title=${shortened(status)}>${shortened(status, 40)}</bdi>`;
}
