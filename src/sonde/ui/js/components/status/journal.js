// What was accepted and waits to be stored.

import { bytes, count, counted, duration, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { Card } from "../card.js";

export function Journal({ status: { journal, limits } }) {
  if (!journal) return html`<${Card} title="Journal"><p class="muted calm">This server receives nothing: it has no journal.</p><//>`;
  const most = (limits?.["journal.max_mb"] ?? 0) * 2 ** 20;
  return html`<${Card} title="Journal" note="accepted, not yet stored">
    <dl class="fact-pairs">
      <dt>Waits</dt><dd><b>${bytes(journal.sizeBytes)}</b>${most > 0 && html` <span class="muted">${percent(journal.sizeBytes / most)} of ${bytes(most)}</span>`}</dd>
      <dt>Since</dt><dd>${journal.oldestAgeS > 0 ? duration(journal.oldestAgeS * 1e9) : "–"}</dd>
      <dt title="A journal is written to one more, which is still open">Closed segments</dt><dd>${count(journal.segments)}</dd>
      <dt>Set aside</dt><dd class=${journal.setAside > 0 ? "warning-text" : ""}>${journal.setAside > 0 ? html`${counted(journal.setAside, "file")} <span class="muted">in <code>journal/aside</code>: the store could not take them</span>` : "nothing"}</dd>
    </dl>
    ${most > 0 && html`<div class="meter wide" role="img" aria-label=${`${percent(journal.sizeBytes / most)} of the journal's limit`}><span style=${{ width: `${Math.min(100, (100 * journal.sizeBytes) / most)}%` }}></span></div>`}
  <//>`;
}
