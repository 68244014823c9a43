// The business objects that a run touched, by type; each leads to what else happened to it.

import { count, fullTime, shortened } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { entityHref } from "../../lib/links.js";
import { Card } from "../card.js";

const SHOWN = 12;

export function RunEntities({ run }) {
  const types = Object.entries(run.entityCounts);
  return html`<${Card} title="Entities" note=${run.comparison ? `${count(run.comparison.entities[0])}, the last good run ${count(run.comparison.entities[1])}` : null}>
    ${types.length === 0
      ? html`<p class="muted calm">It says of nothing that it touched it: <code>sonde.entity("payment", "pym_1")</code></p>`
      : html`<dl class="run-entities">${types.map(([type, number]) => html`<${OfType} key=${type} type=${type} number=${number} entities=${run.entities.filter((each) => each.type === type)} />`)}</dl>`}
  <//>`;
}

function OfType({ type, number, entities }) {
  const [most, setMost] = useState(SHOWN);
  return html`<div><dt><bdi>${shortened(type, 60)}</bdi> <span class="muted">${count(number)}</span></dt>
    <dd>${entities.slice(0, most).map(({ id, lastSeen }) => html`<a key=${id} class="chip row-link" href=${entityHref(type, id)} title=${`Everything that happened to it; this run touched it last ${fullTime(lastSeen)}`}><bdi class="cut">${shortened(id, 80)}</bdi></a>`)}
      ${entities.length > most && html`<button type="button" class="plain" onClick=${() => setMost(most + 200)}>${count(entities.length - most)} more</button>`}</dd></div>`;
}
