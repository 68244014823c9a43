// What a trace is, before its spans: figures, services with their share of the work, what it belongs to.

import { apiUrl, download } from "../../lib/api.js";
import { colourOf } from "../../lib/colours.js";
import { ago, clock, counted, duration, fullTime, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { entityHref, logsHref, orchestrationHref, pipelineHref, runHref, sessionHref, term, tracesHref } from "../../lib/links.js";
import { reaching } from "../../lib/time.js";
import { say } from "../toasts.js";
import { Icon } from "../icons.js";
import { Popover } from "../popover.js";
import { cut } from "./waterfall_row.js";

const SERVICES_SHOWN = 5;
const PER_KIND = 4;

export function TraceFacts({ overview }) {
  const failed = overview.errorCount;
  return html`<div class="trace-facts">
    <${State} overview=${overview} />
    <span title=${fullTime(overview.startedAt)}>${clock(overview.startedAt)} <span class="muted">${ago(overview.startedAt)}</span></span>
    <b title="From the first start to the last end">${duration(overview.durationNs)}</b>
    <span>${counted(overview.spanCount, "span")}${overview.truncated && html` <span class="chip warning" title="The trace has more spans than are read at once; those that began first are shown.">cut short</span>`}</span>
    ${failed > 0 && html`<span class="error-text">${failed} failed</span>`}
    ${overview.openCount > 0 && html`<span class="muted">${overview.openCount} running</span>`}
    <span class="muted">${counted(overview.maxDepth + 1, "level")}</span>
    <${Services} overview=${overview} />
    <${Belongs} overview=${overview} />
  </div>`;
}

function State({ overview }) {
  const { status } = overview;
  const [tone, words] = status === "error" ? ["error", "Failed"] : status === "success" || status === "ok" ? ["success", "Succeeded"] : overview.isOpen ? ["", "Running"] : ["", "Ended"];
  return html`<span class="chip ${tone}">${status === "error" && html`<${Icon} name="errors" size=${12} />`}${words}</span>
    ${overview.isOpen && status === "error" && html`<span class="chip">Running</span>`}
    ${overview.missingRoot && html`<span class="chip warning" title="No span of this trace is without a parent: the first one has not arrived, or was not kept.">Root missing</span>`}`;
}

function Services({ overview }) {
  const sum = overview.services.reduce((total, each) => total + each.selfNs, 0) || 1;
  const shown = overview.services.slice(0, SERVICES_SHOWN);
  const then = reaching(Date.parse(overview.startedAt));
  return html`<div class="trace-services">
    <span class="shares" role="img" aria-label="Share of the work of each service">${overview.services.slice(0, 30).map((each) => html`<i key=${each.service} style=${{ width: `${(100 * each.selfNs) / sum}%`, background: colourOf(each.service) }}></i>`)}</span>
    ${shown.map((each) => html`<${Service} key=${each.service} each=${each} sum=${sum} then=${then} />`)}
    ${overview.services.length > SERVICES_SHOWN && html`<${Popover} name="more-services" title="All services" label=${html`${overview.services.length - SERVICES_SHOWN} more`}>
      ${() => html`<div class="service-list">${overview.services.map((each) => html`<${Service} key=${each.service} each=${each} sum=${sum} then=${then} />`)}</div>`}
    <//>`}
  </div>`;
}

function Service({ each, sum, then }) {
  const said = `${counted(each.spanCount, "span")}, ${duration(each.selfNs)} of its own${each.errorCount ? `, ${each.errorCount} failed` : ""}`;
  return html`<a class="trace-service" href=${tracesHref(term("service", each.service), then)} title=${said}><i class="swatch" style=${{ background: colourOf(each.service) }}></i><bdi class="cut">${cut(each.service)}</bdi>
    <span class="muted">${percent(each.selfNs / sum)}</span>${each.errorCount > 0 && html`<span class="error-text" aria-label=${`${each.errorCount} failed`}><${Icon} name="errors" size=${11} /></span>`}</a>`;
}

// What the trace belongs to; each leads to the other traces of the same.
function Belongs({ overview }) {
  const kinds = [
    ["entity", overview.entities.map(({ type, id }) => ({ text: `${type} ${id}`, q: term(`sonde.entity.${type}`, id), href: entityHref(type, id), title: "Everything that happened to it" }))],
    ["run", overview.runs.map(({ runId, job, url }) => ({ text: job ? `${job} ${runId}` : runId, q: term("run", runId), url, href: runHref(runId), title: "All about the run" }))],
    ["orchestration", overview.orchestrationIds.map((id) => ({ text: id, q: term("orchestration", id), href: orchestrationHref(id), title: "The orchestration from beginning to end" }))],
    ["correlation", overview.correlationIds.map((id) => ({ text: id, q: term("correlation", id) }))],
    ["conversation", overview.conversationIds.map((id) => ({ text: id, q: term("session", id), href: sessionHref(id), title: "The conversation with its calls" }))],
    ["session", overview.sessionIds.filter((id) => !overview.conversationIds.includes(id)).map((id) => ({ text: id, q: term("session", id) }))],
    ["pipeline", overview.triggerEvents.map((id) => ({ text: id, q: term("trigger", id), href: pipelineHref(overview.traceId), title: "The execution of the pipeline" }))],
  ].filter(([, items]) => items.length > 0);
  return kinds.map(([kind, items]) => html`<span key=${kind} class="belongs"><span class="muted">${kind}</span>
    ${items.slice(0, PER_KIND).map((item) => html`<${Belonging} key=${item.q} item=${item} />`)}
    ${items.length > PER_KIND && html`<${Popover} name="more-belongings" title=${`All of kind ${kind}`} label=${`${items.length - PER_KIND} more`}>
      ${() => html`<div class="service-list">${items.map((item) => html`<${Belonging} key=${item.q} item=${item} />`)}</div>`}<//>`}
  </span>`);
}

function Belonging({ item }) {
  return html`<a class="chip" href=${item.href ?? tracesHref(item.q, { since: "7d" })} title=${item.title ?? "Traces of the same"}><bdi class="cut">${cut(item.text)}</bdi></a>`;
}

// The ways out of the page's head.
export function TraceLinks({ traceId, overview }) {
  const path = `traces/${encodeURIComponent(traceId)}/otlp`;
  const save = () => download(apiUrl(path), `trace-${traceId}.json`).catch((error) => say(error.message, "problem"));
  const at = new Date(overview.startedAt).getTime();
  const since = String(Math.floor(at - 60_000));
  const until = String(Math.ceil(at + overview.durationNs / 1e6 + 60_000));
  return html`<a class="button control" href=${logsHref(term("trace", traceId), { since, until, every: "" })} title="Logs of this trace"><${Icon} name="logs" /> <span>${counted(overview.logCount, "log")}</span></a>
    <button type="button" class="control" title="Download as OTLP JSON" aria-label="Download as OTLP JSON" onClick=${save}><${Icon} name="download" /> <span class="wide-only">OTLP</span></button>`;
}
