// One execution in a list.

import { shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { pipelineHref } from "../../lib/links.js";
import { memo } from "../../lib/memo.js";
import { toneOf } from "../../lib/tones.js";
import { DataText } from "../name.js";
import { Duration, Started, durationColumn } from "../traces/trace_row.js";

export function executionColumns(scale) {
  return ["Started", "Trigger", "User", "Address", durationColumn(scale), "Status"];
}


// scale: of the bars. The rest is of RowList.
export const ExecutionRow = memo(({ execution, scale, isCurrent, isFirst, index, style }) => {
  const { traceId, spanId, triggerEvent, status, statusMessage } = execution;
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row execution-row", isCurrent && "current")} data-row=${`${traceId}${spanId}`} style=${style}>
    <${Started} at=${execution.startedAt} />
    <span role="cell" class="what"><a href=${pipelineHref(traceId, { of: spanId })} tabindex=${isFirst ? "0" : "-1"}><bdi>${shortened(triggerEvent)}</bdi>
      ${statusMessage && html` <bdi class="muted">${shortened(firstLine(statusMessage))}</bdi>`}</a></span>
    <span role="cell" class="user"><${DataText} text=${execution.userId} otherwise="–" /></span>
    <span role="cell" class="address muted"><${DataText} text=${execution.requestIp} otherwise="–" /></span>
    <${Duration} ns=${execution.durationNs} scale=${scale} isOpen=${execution.isOpen} isError=${status === "error"} colour="var(--bar)" />
    <span role="cell" class="state"><${PipelineStatus} status=${status} /></span>
  </div>`;
});

// How an execution or a script ended.
export function PipelineStatus({ status }) {
  return html`<bdi class=${classes("chip", toneOf(status))} title=${shortened(status)}>${shortened(status, 40)}</bdi>`;
}

export function firstLine(text) {
  const end = text.indexOf("\n");
  return end < 0 ? text : text.slice(0, end);
}
