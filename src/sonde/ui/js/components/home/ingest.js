// Whether the server takes in what is sent to it, in a corner; all of it is on the page Status.

import { bytes, count, perSecond } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { hrefHere } from "../../lib/route.js";
import { problemsOf, sum } from "../status/health.js";
import { Card } from "../card.js";

export function Ingest({ answer }) {
  const { data, error } = answer;
  if (!data) return html`<${Card} title="Ingest" all=${hrefHere("/status")} allName="Status"><p class="muted calm">${error ? error.message : "…"}</p><//>`;
  const problems = problemsOf(data);
  const refused = sum(data.refused) + sum(data.rejected);
  const { journal, rates } = data;
  return html`<${Card} title="Ingest" all=${hrefHere("/status")} allName="Status">
    <dl class="fact-pairs">
      <dt>Takes</dt><dd>${rates ? html`<b>${perSecond(sum(rates))}</b>` : html`<b>${count(sum(data.accepted))}</b> since its start`}</dd>
      <dt>Refused</dt><dd class=${refused > 0 ? "warning-text" : ""}>${count(refused)}</dd>
      <dt>Waiting</dt><dd>${journal ? waiting(journal) : "no journal"}</dd>
    </dl>
    ${problems.length > 0
      ? html`<ul class="ingest-problems">${problems.slice(0, 2).map((each) => html`<li key=${each.message} class=${each.isError ? "error-text" : "warning-text"} title=${each.hint}>${each.isError ? "Problem: " : "Warning: "}${each.message}</li>`)}
        ${problems.length > 2 && html`<li><a href=${hrefHere("/status")}>${problems.length - 2} more</a></li>`}</ul>`
      : html`<p class="success-text ingest-well">✓ No warnings</p>`}
  <//>`;
}

function waiting({ sizeBytes, oldestAgeS }) {
  return sizeBytes > 0 ? `${bytes(sizeBytes)}, ${oldestAgeS < 10 ? oldestAgeS.toFixed(1) : Math.round(oldestAgeS)} s` : "nothing";
}
