// The operations that take longest, against the time before.

import { count, durationMs } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { term, tracesHref } from "../../lib/links.js";
import { Change } from "../change.js";
import { ComponentName, DataText } from "../name.js";
import { Card } from "../card.js";

export function Slowest({ operations }) {
  const most = Math.max(...operations.map((each) => each.p95Ms ?? 0), 0.001);
  return html`<${Card} title="Slowest operations" note="p95">
    ${operations.length === 0
      ? html`<p class="muted calm">Nothing has ended in this time.</p>`
      : html`<ul class="card-rows">${operations.map((each) => html`<li key=${`${each.component} ${each.operation} ${each.kind}`}>
        <a class="card-row row-link" href=${tracesHref(slowOf(each))} title="Traces where it took this long">
          <span class="what"><${ComponentName} name=${each.component} /><${DataText} text=${each.operation} /></span>
          <span class="muted nowrap" title="How many there were">${count(each.spanCount)}×</span>
          <${Change} kind="latency" now=${each.p95Ms} before=${each.before?.p95Ms} />
          <span class="meter" aria-hidden="true"><span style=${{ width: `${(100 * (each.p95Ms ?? 0)) / most}%` }}></span></span>
          <b class="nowrap figure-end">${durationMs(each.p95Ms)}</b>
        </a></li>`)}</ul>`}
  <//>`;
}

// At least its p95, rounded down so that those at it are in.
function slowOf({ component, operation, p95Ms }) {
  const least = p95Ms >= 10 ? `${Math.floor(p95Ms)}ms` : `${Math.floor((p95Ms ?? 0) * 1000)}us`;
  return `${term("component", component)} ${term("operation", operation)} duration:>=${least}`;
}
