// How links of entities to runs were stored, looked up and followed in the last day, by what the audit log says.

import { count, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { Card } from "../card.js";
import { Problem, Skeleton, Ticked } from "../notices.js";

export const LINK_USE = { since: "24h" };

export function Links() {
  const { data, error, reload } = useQuery("links/use", LINK_USE);
  return html`<${Card} title="Links" note="in the last 24 hours">
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="panel-box"><${Skeleton} rows=${4} /></div>`}
    ${data && (data.answers.length === 0 ? html`<p class="reasons muted"><${Ticked} text="No link was stored or looked up. ${"`sonde link get payment pym_123`"} looks one up." /></p>` : html`<${Use} use=${data} />`)}
  <//>`;
}

function Use({ use }) {
  return html`<div class="table-scroll"><table class="compact">
      <thead><tr><th>What</th><th class="number">Times</th><th class="number" title="The part that was answered as asked">Worked</th><th class="number">Failed</th></tr></thead>
      <tbody>
        <${Row} name="Stored by a call" title="Links that programs stored directly; those that come with spans and logs are not in it" times=${use.stored} rate=${use.storeSuccessRate} failed=${use.storeFailures} />
        <${Row} name="Looked up" title="Links that were asked for; histories, redirects and pages of entities included" times=${use.retrieved} rate=${use.successRate} failed=${use.retrieveFailures} />
        <${Row} name="Found" title="Of those looked up, the ones that led to a run" times=${use.found} rate=${use.foundRate} />
        <${Row} name="Followed" title="Redirects by /go and clicks on <sonde-link>" times=${use.clicks} />
        <${Row} name="Refused" title="Without a key or token, or with one that is not for it" times=${use.refused} isBad />
        <${Row} name="Tokens" title="Made for pages of internal tools" times=${use.tokens} />
      </tbody>
    </table></div>
    <p class="card-foot muted"><${Ticked} text="${"`sonde audit`"} lists who asked for which link." /></p>`;
}

function Row({ name, title, times, rate = null, failed = null, isBad = false }) {
  const shade = (value, bad) => `number ${value === 0 ? "muted" : bad ? "warning-text" : ""}`;
  return html`<tr><td title=${title}>${name}</td><td class=${shade(times, isBad)}>${count(times)}</td>
    <td class="number">${rate === null ? "" : percent(rate)}</td>
    <td class=${failed === null ? "" : shade(failed, true)}>${failed === null ? "" : count(failed)}</td></tr>`;
}
