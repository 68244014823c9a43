// Events of a span on a small time line, and as a list with their attributes.

import { count, duration, fullTime, nsBetween } from "../../lib/format.js";
import { classes, html, useRef, useState } from "../../lib/html.js";
import { Empty } from "../notices.js";
import { AttributeRows } from "./attributes.js";
import { ExceptionCard, exceptionOf } from "./exceptions.js";
import { Capped, Value } from "./value.js";

const MOST_MARKS = 200;

export function Events({ span }) {
  const [chosen, setChosen] = useState(-1);
  const list = useRef(null);
  const events = span.events
    .map((event) => ({ ...event, ns: nsBetween(span.startUnixNs, event.unixNs) }))
    .sort((one, other) => one.ns - other.ns);
  if (events.length === 0) return html`<${Empty} title="This span has no events."><p class="muted">An event marks a moment of a span: a retry, a cache miss, an exception.</p><//>`;
  const whole = Math.max(span.durationNs, ...events.slice(0, 10_000).map((event) => event.ns), 1);
  const choose = (index) => {
    setChosen(index);
    list.current?.querySelector(`[data-event="${index}"]`)?.scrollIntoView({ block: "nearest" });
  };
  // Evenly among many: the marks stand for the moments, the list has all events.
  const step = Math.ceil(events.length / MOST_MARKS);
  return html`<div class="events" ref=${list}>
    <div class="time-line">
      <div class="time-line-bar" style=${{ width: `${Math.max(100 * Math.min(1, span.durationNs / whole), 0.5)}%` }}></div>
      ${events.map((event, index) => (index % step === 0 ? html`<button type="button" key=${index} class=${classes("event-mark", isFailure(event) && "error", chosen === index && "chosen")} tabindex=${index === 0 ? "0" : "-1"}
        style=${{ left: `${100 * Math.min(Math.max(event.ns / whole, 0), 1)}%` }} aria-label=${`${event.name.slice(0, 100)} at ${duration(event.ns)}`} title=${`${event.name.slice(0, 200)} +${duration(event.ns)}`} onClick=${() => choose(index)} onKeyDown=${steer}></button>` : null))}
      <div class="time-line-ends muted"><span>0</span><span>${duration(whole)}</span></div>
    </div>
    <ol class="event-list"><${Capped} items=${events} first=${100} step=${200} what="events" row=${(event, index) => html`<${Event} key=${index} event=${event} index=${index} isChosen=${chosen === index} />`} /></ol>
    ${step > 1 && html`<p class="muted">The line shows every ${count(step)}th event.</p>`}
  </div>`;
}

function Event({ event, index, isChosen }) {
  const isException = event.name === "exception";
  const rest = Object.entries(event.attributes).filter(([key]) => !isException || !["exception.type", "exception.message", "exception.stacktrace"].includes(key));
  return html`<li class=${classes("span-event", isChosen && "current")} data-event=${index}>
    <div class="event-head"><span class="span-offset" title=${fullTime(event.at)}>+${duration(event.ns)}</span> <b class=${isFailure(event) ? "error-text" : ""}><${Value} text=${event.name || "(no name)"} first=${120} lines=${2} /></b></div>
    ${isException && html`<${ExceptionCard} exception=${{ ...exceptionOf(event.attributes), ns: null }} />`}
    ${rest.length > 0 && html`<${AttributeRows} entries=${rest} />`}
  </li>`;
}

function isFailure(event) {
  return event.name === "exception" || Boolean(event.attributes["exception.type"]);
}

function steer(event) {
  const step = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
  if (!step) return;
  event.preventDefault();
  if (event.target[step]?.matches("button")) event.target[step].focus();
}
