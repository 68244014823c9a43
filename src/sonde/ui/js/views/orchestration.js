// One orchestration: phases as bands, components as lanes, events by phase with their reasons, violations with both traces.

import { About } from "../components/about.js";
import { Icon } from "../components/icons.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { OrchestrationStatus } from "../components/orchestrations/orchestration_row.js";
import { PhaseEvents } from "../components/orchestrations/phase_events.js";
import { Timeline } from "../components/orchestrations/timeline.js";
import { Violations } from "../components/orchestrations/violations.js";
import { PageHead } from "../components/page_head.js";
import { useRowKeys } from "../components/row_keys.js";
import { idInPath } from "../lib/api.js";
import { command } from "../lib/command.js";
import { ago, clock, count, counted, duration, fullTime, shortened } from "../lib/format.js";
import { html, useLayoutEffect, useRef } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { logsHref, term, tracesHref } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";
import { go, hrefHere, param, setParams } from "../lib/route.js";

const EVERY_S_WHILE_RUNNING = 2;
const EVERY_S = 10;
const RECORDS = 1000;
const MOST_RECORDS = 10_000;

export function Orchestration({ parts }) {
  const id = parts.slice(1).join("/");
  const path = `orchestrations/${idInPath(id)}`;
  const limit = param("limit") === String(MOST_RECORDS) ? MOST_RECORDS : RECORDS;
  const asked = { phase: param("phase"), component: param("component"), limit };
  const { data, error, reload } = useQuery(path, asked);
  // A large one takes the server a second.
  useRefreshEvery(!data || (data.isOpen && data.told.isAll) ? EVERY_S_WHILE_RUNNING : EVERY_S);
  useKeys([{ keys: "Escape", does: "All phases and components, then all orchestrations", run: () => (asked.phase || asked.component ? setParams({ phase: "", component: "" }) : go(hrefHere("/orchestrations", { phase: "", component: "" }))) }]);
  if (data) return html`<${Known} found=${data} path=${path} asked=${asked} />`;
  return html`<${PageHead} title=${html`Orchestration <bdi>${shortened(id, 80)}</bdi>`} tab=${`Orchestration ${id.slice(0, 40)}`} timed=${false} />
    ${error?.status === 404
      ? html`<${Empty} title=${`${error.message}.`}><p class="muted">${error.hint}</p><p><a href=${logsHref(term("orchestration", id), { since: "7d" })}>Logs that bear its id</a> · <a href=${hrefHere("/orchestrations")}>All orchestrations</a></p><//>`
      : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${14} height=${28} />`}`;
}

function Known({ found, path, asked }) {
  const body = useRef(null);
  useRowKeys(body, "span or event");
  const { orchestrationId, status, message, bands } = found;
  const chosen = param("event");
  const closed = placesIn("closed");
  const folded = placesIn("folded");
  // A minute around it, for what was written a little before or after.
  const from = Number(BigInt(found.startUnixNs) / 1_000_000n);
  const span = { since: String(Math.floor(from - 60_000)), until: found.endedAt ? String(Math.ceil(from + found.durationMs + 60_000)) : "", every: "" };
  const own = term("orchestration", orchestrationId);
  const only = (changes) => setParams({ event: "", closed: "", folded: "", ...changes });
  const shown = asked.phase ? bands.filter((band) => band.phase === asked.phase) : bands.filter((band) => band.eventCount > 0 || !asked.component);
  useLayoutEffect(() => {
    if (chosen) body.current.querySelector(`[data-event="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "center" });
  }, [chosen]);
  const look = (eventId) => {
    const place = bands.findIndex((band) => band.events.some((event) => event.eventId === eventId));
    setParams({ event: eventId, closed: [...closed].filter((each) => each !== place).join(".") }, { replace: true });
  };
  return html`<div class="orchestration-page" ref=${body}>
    <${PageHead} title=${html`<span class="trace-title"><bdi class="cut" title=${shortened(orchestrationId, 600)}>${shortened(orchestrationId, 160)}</bdi> <bdi class="muted cut">${shortened(found.phase, 80)}</bdi></span>`} tab=${orchestrationId.slice(0, 60)} timed=${false} refreshed=${true} data=${[
      { name: "The orchestration", path, params: asked, command: command("orchestrations show", orchestrationId, { "--phase": asked.phase, "--component": asked.component }) },
      { name: "Its spans", path: "records/spans", params: { orchestrationId, since: span.since }, command: command("query", own, { "--since": new Date(from - 60_000).toISOString() }) },
      { name: "Its events", path: "records/events", params: { orchestrationId, since: span.since } },
    ]}>
      <a class="button control" href=${tracesHref(own, span)}><${Icon} name="traces" /> <span>${counted(found.traceCount, "trace")}</span></a>
      <a class="button control" href=${logsHref(own, span)}><${Icon} name="logs" /> <span>Logs</span></a>
    <//>
    <div class="orchestration-facts">
      <${OrchestrationStatus} ...${found} />
      ${found.violationCount > 0 && html`<b class="error-text">${counted(found.violationCount, "violation")}</b>`}
      <span title=${fullTime(found.startedAt)}>${clock(found.startedAt)} <span class="muted">${ago(found.startedAt)}</span></span>
      <b title="From the first start to the last end">${found.isOpen ? `running, ${duration(found.durationNs)} so far` : duration(found.durationNs)}</b>
      <span>${counted(found.spanCount, "span")}</span>
      <span>${counted(found.eventCount, "event")}</span>
      ${found.errorCount > 0 && html`<a class="error-text" href=${tracesHref(`${own} status:error`, { ...span, show: "spans" })}>${count(found.errorCount)} failed</a>`}
      ${found.errorEventCount > 0 && html`<a class="error-text" href=${logsHref(`${own} severity:>=error`, span)}>${counted(found.errorEventCount, "error event")}</a>`}
      <${About} about=${found.about} runIds=${found.runIds} entities=${found.entities} />
    </div>
    ${message && html`<p class="notice orchestration-message"><bdi>${shortened(message, 1000)}</bdi></p>`}
    ${found.violationCount > 0 && html`<${Violations} violations=${found.violations} count=${found.violationCount} />`}
    ${(asked.phase || asked.component) && html`<p class="orchestration-part">Only ${asked.phase && html`the phase <b><bdi>${shortened(asked.phase, 100)}</bdi></b>`}${asked.phase && asked.component ? " and " : ""}${asked.component && html`the component <b><bdi>${shortened(asked.component, 100)}</bdi></b>`} · <button type="button" class="plain" onClick=${() => only({ phase: "", component: "" })}>All of it</button></p>`}
    ${!found.told.isAll && html`<p class="warning-text" role="note">${found.told.notice}. ${asked.limit < MOST_RECORDS && html`<button type="button" class="plain" onClick=${() => setParams({ limit: String(MOST_RECORDS) })}>Up to ${count(MOST_RECORDS)}</button>`} <a href=${tracesHref(own, { ...span, show: "spans" })}>All spans</a> · <a href=${logsHref(own, span)}>All events</a></p>`}
    <${Timeline} found=${found} window=${windowOf(found, asked.phase)} phase=${asked.phase} component=${asked.component} folded=${folded}
      onPhase=${(phase) => only({ phase })} onComponent=${(component) => only({ component })} onFold=${(place) => setParams({ folded: toggled(folded, place) }, { replace: true })} onEvent=${look} />
    ${shown.map((band) => html`<${PhaseEvents} key=${bands.indexOf(band)} band=${band} orchestrationId=${orchestrationId} isClosed=${closed.has(bands.indexOf(band))} isAlone=${Boolean(asked.phase)} chosen=${chosen} onToggle=${() => setParams({ closed: toggled(closed, bands.indexOf(band)) }, { replace: true })} onAlone=${() => only({ phase: band.phase })} />`)}
  </div>`;
}

// The time that is drawn: all of it, or where a phase begins first and ends last.
function windowOf(found, phase) {
  const of = found.bands.filter((band) => band.phase === phase && band.startNs !== null);
  if (!phase || of.length === 0) return { fromNs: 0, toNs: Math.max(1, found.durationNs) };
  const fromNs = Math.min(...of.map((band) => band.startNs));
  return { fromNs, toNs: Math.max(fromNs + 1, ...of.map((band) => band.endNs)) };
}

// Places in a list, in the address: "0.2".
function placesIn(name) {
  return new Set(param(name).split(".").filter(Boolean).map(Number));
}

function toggled(places, place) {
  return [...places].filter((each) => each !== place).concat(places.has(place) ? [] : [place]).sort((one, other) => one - other).join(".");
}
