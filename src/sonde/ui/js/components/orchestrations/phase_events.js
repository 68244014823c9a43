// The events of one phase, each with its reason; closed and opened by its heading.

import { clock, count, counted, duration, fullTime, shortened } from "../../lib/format.js";
import { classes, html, useState } from "../../lib/html.js";
import { logsAround, term, traceHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { ComponentName } from "../name.js";
import { toneOfEvent } from "./lane.js";
import { ViolationText, ViolationTraces } from "./violations.js";

const SHOWN = 100;
const AROUND_MS = 60_000;

// band: a phase of the API with its events. chosen: the id of the event that is looked at. onAlone(): its events alone.
export function PhaseEvents({ band, orchestrationId, isClosed, isAlone, chosen, onToggle, onAlone }) {
  const [asked, setMost] = useState(SHOWN);
  const at = band.events.findIndex((event) => event.eventId === chosen);
  const most = Math.max(asked, at + 1);
  const name = shortened(band.phase, 100) || "In no phase";
  const left = band.eventCount - band.events.length;
  return html`<section class="panel-box phase-events" aria-label=${`Events of ${name}`}>
    <h2><button type="button" class="plain" aria-expanded=${String(!isClosed)} onClick=${onToggle}><${Icon} name=${isClosed ? "chevron" : "down"} size=${12} /> <bdi class="cut">${name}</bdi></button>
      <span class="muted">${counted(band.eventCount, "event")}${band.startNs !== null && html` · ${band.isOpen ? "goes on" : duration(band.endNs - band.startNs)}`}</span>
      ${band.errorEventCount > 0 && html`<span class="error-text">${counted(band.errorEventCount, "error")}</span>`}
      ${band.violationCount > 0 && html`<span class="error-text">${counted(band.violationCount, "violation")}</span>`}
    </h2>
    ${!isClosed && html`<ul>${band.events.slice(0, most).map((event) => html`<${Event} key=${event.eventId} event=${event} orchestrationId=${orchestrationId} isChosen=${event.eventId === chosen} />`)}</ul>
      ${band.events.length > most && html`<button type="button" class="plain" onClick=${() => setMost(most + 500)}>${counted(band.events.length - most, "more", "more")}</button>`}
      ${left > 0 && html`<p class="muted calm">${count(left)} more of this phase are not told${isAlone ? "" : html` · <button type="button" class="plain" onClick=${onAlone}>this phase alone</button>`}</p>`}
      ${band.eventCount === 0 && html`<p class="muted calm">No event in this phase.</p>`}`}
  </section>`;
}

function Event({ event, orchestrationId, isChosen }) {
  const tone = toneOfEvent(event);
  const logs = logsAround(`${term("orchestration", orchestrationId)} ${term("event", event.eventType)}`, Date.parse(event.at), AROUND_MS);
  return html`<li class=${classes("phase-event", tone, isChosen && "chosen")} data-event=${event.eventId}>
    <span class="nowrap muted" title=${fullTime(event.at)}>${clock(event.at).slice(-12)}</span>
    <${ComponentName} name=${event.component} />
    <a class="row-link event-type" href=${logs} title="Records like it around then"><bdi class="cut">${shortened(event.eventType, 80)}</bdi></a>
    <span class=${classes("event-text", event.violation && "violation")}>${event.violation
      ? html`<b><bdi>${shortened(event.violation.rule, 200)}</bdi></b><${ViolationText} event=${event} /><${ViolationTraces} event=${event} />`
      : html`<${Said} event=${event} />`}</span>
    ${event.traceId && !event.violation && html`<a class="event-trace" href=${traceHref(event.traceId, event.spanId ? { span: event.spanId } : {})} title="The span it happened in">trace</a>`}
  </li>`;
}

// The message, or where it went; and why, where that is not in it.
function Said({ event }) {
  const { message, reason, subject, fromState, toState, errorType } = event;
  const moved = toState && html`${subject && html`<bdi>${shortened(subject, 100)}</bdi> `}<bdi class="muted">${shortened(fromState, 60)}</bdi> → <b><bdi>${shortened(toState, 60)}</bdi></b>`;
  const said = reason && message.endsWith(`: ${reason}`) ? message.slice(0, -reason.length - 2) : message;
  return html`${moved || html`<bdi title=${shortened(message, 1000)}>${shortened(said || subject, 300)}</bdi>`}
    ${reason && html` <span class="reason"><span class="muted">because</span> <b><bdi>${shortened(reason, 300)}</bdi></b></span>`}
    ${errorType && html` <bdi class="chip error">${shortened(errorType, 80)}</bdi>`}`;
}
