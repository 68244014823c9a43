// The way to what a page shows elsewhere: its JSON at the API, and the command that prints the same.

import { apiUrl, keyInUse } from "../lib/api.js";
import { copy } from "../lib/clipboard.js";
import { html } from "../lib/html.js";
import { ApiLink } from "./api_link.js";
import { Icon } from "./icons.js";
import { Popover } from "./popover.js";

// items: [{ name: "Traces", path: "traces", params, command: "sonde query …", isStream }]; command may be absent. isStream: it
// does not end.
export function DataLinks({ items }) {
  return html`<${Popover} name="data-links" title="This data as JSON and as a command" label=${html`<${Icon} name="json" /> <span class="wide-only">Data</span>`}>
    ${(close) => html`<div class="data-choices">${items.map((item) => html`<${Item} key=${item.name} item=${item} close=${close} />`)}</div>`}
  <//>`;
}

function Item({ item, close }) {
  const url = apiUrl(item.path, item.params);
  const whole = new URL(url, document.baseURI).href;
  return html`<section>
    <h3>${item.name}</h3>
    <div class="data-line">${item.isStream && keyInUse() ? html`<code>${url}</code>` : html`<${ApiLink} href=${url}>${url}<//>`}
      <button type="button" class="plain" aria-label="Copy the address" title="Copy the address" onClick=${() => { copy(whole, "Address copied"); close(); }}><${Icon} name="copy" /></button></div>
    ${item.command && html`<div class="data-line"><code>${item.command}</code>
      <button type="button" class="plain" aria-label="Copy the command" title="Copy the command" onClick=${() => { copy(item.command, "Command copied"); close(); }}><${Icon} name="copy" /></button></div>`}
  </section>`;
}
