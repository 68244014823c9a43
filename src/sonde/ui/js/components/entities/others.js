// The other entities of the same runs, by type; each leads to its page.

import { count, counted, fullTime, shortened } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { entityHref } from "../../lib/links.js";
import { Card } from "../card.js";

export function Others({ others }) {
  return html`<${Card} title="Also touched by the same runs">
    ${others.length === 0
      ? html`<p class="muted calm">Nothing else.</p>`
      : html`<dl class="run-entities">${others.map(({ type, count: number, entities }) => html`<div key=${type}><dt><bdi>${shortened(type, 60)}</bdi> <span class="muted">${count(number)}</span></dt>
        <dd>${entities.map(({ id, runCount, lastSeen }) => html`<a key=${id} class="chip row-link" href=${entityHref(type, id)} title=${`In ${counted(runCount, "run or trace", "runs and traces")} of these, last ${fullTime(lastSeen)}`}><bdi class="cut">${shortened(id, 80)}</bdi></a>`)}
          ${number > entities.length && html`<span class="muted">and ${count(number - entities.length)} more</span>`}</dd></div>`)}</dl>`}
  <//>`;
}
