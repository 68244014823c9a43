// The attempts of a run as bands in true time, and below them the executions of other jobs that are part of it.

import { colourOf } from "../../lib/colours.js";
import { counted, duration, shortened } from "../../lib/format.js";
import { classes, html, useState } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { useWidth } from "../../lib/width.js";
import { TickMarks } from "../tick_marks.js";
import { RunStatus } from "./run_row.js";

const PARTS_SHOWN = 40;

export function Bands({ run }) {
  const [box, width] = useWidth();
  const [isWhole, setWhole] = useState(false);
  const whole = Math.max(1, run.durationNs);
  const parts = isWhole ? run.parts : run.parts.slice(0, PARTS_SHOWN);
  return html`<section class="panel-box run-bands" aria-label="Attempts and parts in true time">
    <div class="band-row band-axis" aria-hidden="true"><span></span><${TickMarks} box=${box} widthPx=${width} fromNs=${0} toNs=${whole} /></div>
    <ul>${run.attemptsList.map((each) => html`<${Band} key=${each.spanId} part=${each} whole=${whole} isAttempt=${true} />`)}</ul>
    ${run.parts.length > 0 && html`<h2>${counted(run.parts.length, "part")} <span class="muted">other jobs under the same id</span></h2>
      <ul>${parts.map((each) => html`<${Band} key=${each.traceId + each.spanId} part=${each} whole=${whole} />`)}</ul>`}
    ${run.parts.length > PARTS_SHOWN && html`<button type="button" class="plain" onClick=${() => setWhole(!isWhole)}>${isWhole ? `Only the first ${PARTS_SHOWN}` : `All ${run.parts.length} parts`}</button>`}
  </section>`;
}

function Band({ part, whole, isAttempt = false }) {
  const isOpen = part.status === "running";
  const end = isOpen ? whole : part.startNs + part.durationNs;
  const took = isOpen ? "running" : duration(part.durationNs);
  const name = isAttempt ? `Attempt ${part.attempt}` : part.job || part.operation;
  const touched = isAttempt ? "" : part.touched.map((each) => each.id).join(", ");
  const again = !isAttempt && part.attempt > 1 ? `attempt ${part.attempt}` : "";
  return html`<li><a class="band-row row-link" href=${traceHref(part.traceId, { span: part.spanId })} title=${`${shortened(name, 200)}, ${part.status}, ${took}${part.message ? `: ${shortened(part.message, 300)}` : ""}`}>
    <span class="band-name"><bdi class="cut">${shortened(name, 120)}${touched && html` <span class="muted">${shortened(touched, 80)}</span>`}</bdi>${again && html`<span class="muted nowrap">${again}</span>`}<${RunStatus} status=${part.status} /></span>
    <span class="band-time">
      <i class=${classes("band-bar", part.status, isAttempt && "attempt")} style=${{ left: share(part.startNs, whole), width: share(end - part.startNs, whole), background: part.status === "error" || isOpen ? null : isAttempt ? null : colourOf(part.job) }}></i>
      <span class=${classes("band-words", isInside(part.startNs / whole, end / whole) && "inside")} style=${beside(part.startNs / whole, end / whole)}>${took}${part.message && html` <bdi class=${part.status === "error" ? "error-text" : "muted"}>${shortened(part.message.split("\n")[0], 120)}</bdi>`}</span>
    </span>
  </a></li>`;
}

function share(ns, whole) {
  return `${(100 * Math.min(1, Math.max(0, ns / whole))).toFixed(3)}%`;
}

// After the bar where there is room, else before it, else in it.
function beside(from, to) {
  if (to < 0.7) return { left: `${100 * Math.max(0, to)}%`, "max-width": `${100 * (1 - Math.max(0, to))}%` };
  if (!isInside(from, to)) return { right: `${100 * (1 - Math.min(1, from))}%`, "max-width": `${100 * from}%` };
  return { left: `${100 * Math.max(0, from)}%`, "max-width": "100%" };
}

function isInside(from, to) {
  return to >= 0.7 && from <= 0.3;
}
