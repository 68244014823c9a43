// A run, a trace or a log record that touched an entity, and below it what it did, oldest first.

import { clock, counted, duration, fullTime, nsBetween, shortened, unixNs } from "../../lib/format.js";
import { classes, html, useState } from "../../lib/html.js";
import { isHarmless, logsHref, runHref, term, traceHref } from "../../lib/links.js";
import { around } from "../../lib/time.js";
import { toneOf } from "../../lib/tones.js";
import { About } from "../about.js";
import { Icon } from "../icons.js";
import { RunStatus } from "../runs/run_row.js";

const STEPS_SHOWN = 12;
const ICONS = { run: "runs", trace: "traces", log: "logs" };

export function entryId(entry) {
  return `${entry.kind} ${entry.runId || entry.traceIds[0] || entry.steps[0]?.logId}`;
}

export function EntityEntry({ entry }) {
  const [isWhole, setWhole] = useState(false);
  const steps = isWhole ? entry.steps : entry.steps.slice(0, STEPS_SHOWN);
  const begun = begunNs(entry);
  return html`<li class=${classes("panel-box entity-entry", entry.kind)}>
    ${entry.kind !== "log" && html`<header>
      <${Icon} name=${ICONS[entry.kind]} />
      <span class="nowrap" title=${fullTime(msOf(begun))}>${clock(msOf(begun))}</span>
      ${entry.kind === "run" ? html`<${RunHead} entry=${entry} />` : html`<${TraceHead} entry=${entry} />`}
    </header>`}
    ${entry.run?.message && html`<p class=${classes("entity-message", entry.run.status === "error" && "error-text")}><bdi>${shortened(entry.run.message, 300)}</bdi></p>`}
    ${entry.steps.length > 0 && html`<ol class="entity-steps">${steps.map((each) => html`<${Step} key=${each.spanId + each.logId + each.unixNs} step=${each} begun=${begun} isAlone=${entry.kind === "log"} />`)}</ol>`}
    ${entry.steps.length > steps.length && html`<button type="button" class="plain" onClick=${() => setWhole(true)}>${counted(entry.steps.length - steps.length, "more step")}</button>`}
    ${entry.truncated && html`<p class="muted calm">There is more than is shown here: <a href=${entry.runId ? runHref(entry.runId) : traceHref(entry.traceIds[0])}>all of it</a></p>`}
  </li>`;
}

// When it was touched first, from where its steps are counted: a decimal string. What touches it may have begun before.
function begunNs({ firstAt, steps }) {
  const named = unixNs(firstAt);
  const first = steps[0]?.unixNs ?? named;
  return BigInt(first) < BigInt(named) ? first : named;
}

function msOf(ns) {
  return Number(BigInt(ns) / 1_000_000n);
}

function RunHead({ entry }) {
  const { run, runId, traceIds, traceCount } = entry;
  const attempts = (entry.outcome ?? run)?.attempts;
  return html`<a class="row-link entity-what" href=${runHref(runId)}>${run?.job && html`<bdi>${shortened(run.job, 80)}</bdi> `}<bdi class="muted">${shortened(runId, 100)}</bdi></a>
    ${run ? html`<${EntityOutcome} entry=${entry} /><span class="number">${run.status === "running" ? "" : duration(run.durationNs)}</span>
        ${attempts > 1 && html`<span>${counted(attempts, "attempt")}</span>`}`
      : html`<span class="muted">${entry.expired ? "its records have expired" : "none of its spans is stored"}</span>`}
    <${About} about=${entry.about} />
    ${isOutside(entry.url) && html`<a class="icon-button" href=${entry.url} target="_blank" rel="noopener noreferrer" aria-label="The run in the job system" title=${shortened(entry.url, 600)}><${Icon} name="outside" size=${14} /></a>`}
    <span class="entity-traces">${traceIds.slice(0, 1).map((id) => html`<a key=${id} href=${traceHref(id)} title="The trace in which it touched it last">trace</a>`)}${traceCount > 1 && html` <span class="muted">of ${counted(traceCount, "trace")}</span>`}</span>`;
}

// How it went for the entity; beside it the status of the run, where that went otherwise.
export function EntityOutcome({ entry }) {
  const { outcome, run } = entry;
  if (!outcome || outcome.status === run.status) return html`<${RunStatus} status=${run.status} />`;
  return html`<span title=${shortened([outcome.operation, outcome.message].filter(Boolean).join(": "), 600)}><${RunStatus} status=${outcome.status} /></span> <span class="muted nowrap">the run: ${shortened(run.status, 20)}</span>`;
}

// Where the run itself or the job system shows it, not here.
function isOutside(url) {
  return /^https?:/i.test(url) && isHarmless(url) && !url.startsWith(new URL(".", document.baseURI).href);
}

function TraceHead({ entry }) {
  const { trace, traceIds, about } = entry;
  return html`<a class="row-link entity-what" href=${traceHref(traceIds[0])}>${trace ? html`<bdi class="muted">${shortened(trace.rootService, 80)}</bdi> <bdi>${shortened(trace.rootOperation, 120)}</bdi>` : html`<code>${traceIds[0]}</code>`}</a>
    ${trace && trace.status !== "unset" && html`<${RunStatus} status=${trace.status} />`}
    ${trace ? html`<span class="number">${duration(trace.durationNs)}</span>` : html`<span class="muted">${entry.expired ? "its records have expired" : "none of its spans is stored"}</span>`}
    <${About} about=${about} />`;
}

function Step({ step, begun, isAlone }) {
  const isSpan = step.kind === "span";
  const what = [step.name, step.text].filter(Boolean).map((each) => shortened(each.split("\n")[0], 240));
  const href = isSpan ? traceHref(step.traceId, { span: step.spanId }) : logsHref(step.traceId ? term("trace", step.traceId) : "", { ...around(Number(BigInt(step.unixNs) / 1_000_000n)), log: step.logId, every: "" });
  return html`<li><a class="row-link entity-step" href=${href} title=${shortened(step.text, 600)}>
    <span class="muted nowrap step-at" title=${fullTime(step.at)}>${isAlone ? clock(step.at) : `+${duration(Math.max(0, nsBetween(begun, step.unixNs)))}`}</span>
    <bdi class=${classes("chip", toneOf(step.status))}>${shortened(step.status, 20)}</bdi>
    <bdi class="cut">${what[0] ?? "(no text)"}${what[1] && html` <span class=${toneOf(step.status) === "error" ? "error-text" : "muted"}>${what[1]}</span>`}</bdi>
    ${step.others > 0 && html`<span class="muted nowrap">with ${counted(step.others, "other")}</span>`}
    ${step.attempt > 1 && html`<span class="muted nowrap">attempt ${step.attempt}</span>`}
    ${isSpan && step.status !== "running" && html`<span class="number nowrap">${duration(step.durationNs)}</span>`}
    <span class="muted cut step-service">${shortened(step.service, 60)}</span>
  </a></li>`;
}
