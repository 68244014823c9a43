// The settings the server runs with; only keys that may administer it see them.

import { classes, html, useState } from "../../lib/html.js";

export function Settings({ settings }) {
  const [filter, setFilter] = useState("");
  const [isWhole, setWhole] = useState(false);
  const isChanged = (each) => each.source !== "default";
  const wanted = filter.trim().toLowerCase();
  const shown = settings.filter((each) => (wanted ? `${each.name} ${each.value}`.toLowerCase().includes(wanted) : isWhole || isChanged(each)));
  return html`<section aria-labelledby="settings-title">
    <div class="section-head"><h2 id="settings-title">Settings</h2>
      <span class="muted">${settings.filter(isChanged).length} of ${settings.length} are not at their default</span>
      <input type="search" aria-label="Filter settings" placeholder="Filter" value=${filter} onInput=${(event) => setFilter(event.target.value)} />
      ${!wanted && html`<button type="button" class="plain" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Only the changed" : "Show all"}</button>`}</div>
    ${shown.length > 0 && html`<div class="table-box"><table>
      <thead><tr><th>Setting</th><th>Value</th><th>From</th></tr></thead>
      <tbody>${shown.map((each) => html`<tr key=${each.name}><td class="nowrap"><code>${each.name}</code></td><td><code>${String(each.value)}</code></td><td class=${classes(!isChanged(each) && "muted")}>${each.source}</td></tr>`)}</tbody>
    </table></div>`}
  </section>`;
}
