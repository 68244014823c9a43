// The range of time of a page: ready ones, any moment to any other, out; and how often the page asks anew.

import { dateTime } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { timeZone } from "../lib/prefs.js";
import { EVERY, every, refresh } from "../lib/refresh.js";
import { setParams } from "../lib/route.js";
import { RANGES, bounds, rangeLabel, setRange, timeRange, zoomOut } from "../lib/time.js";
import { Icon } from "./icons.js";
import { Popover } from "./popover.js";

export function TimePicker() {
  const range = timeRange();
  return html`<div class="time-controls">
    <${Popover} name="time-picker" title="Range of time" label=${html`<${Icon} name="clock" /> <span>${rangeLabel(range, dateTime)}</span>`}>
      ${(close) => html`<${Choices} range=${range} close=${close} />`}
    <//>
    <button type="button" class="control" title="Zoom out: twice the time" aria-label="Zoom out" onClick=${zoomOut}><${Icon} name="zoomOut" /></button>
    <${RefreshSwitch} />
  </div>`;
}

// Ask again, now or every few seconds.
export function RefreshSwitch() {
  return html`<div class="joined">
    <button type="button" class="control" title="Ask again (r)" aria-label="Refresh" onClick=${refresh}><${Icon} name="refresh" /></button>
    <select class="control" aria-label="Refresh every" title="Refresh every" value=${every.value} onChange=${(event) => setParams({ every: event.target.value }, { replace: true })}>
      ${EVERY.map(([value, words]) => html`<option key=${value} value=${value}>${words}</option>`)}
    </select>
  </div>`;
}

function Choices({ range, close }) {
  const { fromMs, toMs } = bounds(range);
  const [from, setFrom] = useState(toField(fromMs));
  const [to, setTo] = useState(range.until ? toField(toMs) : "");
  const start = fromField(from);
  const end = to ? fromField(to) : Date.now();
  const isValid = !Number.isNaN(start) && !Number.isNaN(end) && start < end;
  const apply = (event) => {
    event.preventDefault();
    if (!isValid) return;
    if (to) setRange(start, end);
    else setParams({ since: String(start), until: "" });
    close();
  };
  return html`<div class="time-choices">
    <div class="time-ready">
      ${Object.entries(RANGES).map(([since, words]) => html`<button key=${since} type="button" class=${range.since === since && !range.until ? "plain current" : "plain"}
        onClick=${() => { setParams({ since, until: "" }); close(); }}>Last ${words}</button>`)}
    </div>
    <form onSubmit=${apply}>
      <label>From <input type="datetime-local" step="1" value=${from} onInput=${(event) => setFrom(event.target.value)} /></label>
      <label>Until <input type="datetime-local" step="1" value=${to} onInput=${(event) => setTo(event.target.value)} /></label>
      <p class="muted">${isValid ? `In ${timeZone.value === "utc" ? "UTC" : "local time"}; empty “Until” is now.` : "The beginning must be before the end."}</p>
      <button class="primary" disabled=${!isValid}>Show this range</button>
    </form>
  </div>`;
}

// The field has no time zone: what it shows is in the chosen one.
function toField(ms) {
  return dateTime(Math.floor(ms / 1000) * 1000).replace(" ", "T");
}

function fromField(text) {
  return new Date(timeZone.value === "utc" ? `${text}Z` : text).getTime();
}
