// One span in a list of spans.

import { colourOf } from "../../lib/colours.js";
import { shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { memo } from "../../lib/memo.js";
import { Duration, Started, State, durationColumn } from "./trace_row.js";

export function spanColumns(scale) {
  return ["Started", "Span", "Kind", durationColumn(scale), "Status"];
}

export const SpanRow = memo(({ span, scale, isCurrent, isFirst, index, style }) => {
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row span-row", isCurrent && "current")} data-row=${`${span.traceId}${span.spanId}`} style=${style}>
    <${Started} at=${span.startedAt} />
    <span role="cell" class="what"><a href=${traceHref(span.traceId, { span: span.spanId })} tabindex=${isFirst ? "0" : "-1"}>
      <i class="swatch" style=${{ background: colourOf(span.component || span.service) }}></i> <bdi class="muted">${shortened(span.component || span.service)}</bdi> <bdi>${shortened(span.operation) || "(no name)"}</bdi>
      ${span.statusMessage && html` <bdi class="error-text">${shortened(span.statusMessage)}</bdi>`}</a></span>
    <span role="cell" class="muted kind">${span.kind}</span>
    <${Duration} ns=${span.durationNs} scale=${scale} isOpen=${span.isOpen} isError=${span.status === "error"} colour=${colourOf(span.component || span.service)} />
    <span role="cell" class="state"><${State} status=${span.status} isOpen=${span.isOpen} /></span>
  </div>`;
});
