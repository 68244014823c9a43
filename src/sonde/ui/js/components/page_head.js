// The head of a page: what it is, the search palette, the range of time and the ways to the same data.

import { html, useEffect } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { refresh } from "../lib/refresh.js";
import { DataLinks } from "./data_links.js";
import { RefreshSwitch, TimePicker } from "./time_picker.js";

// title: the heading and the name of the tab. data: items of DataLinks. timed: whether the page has a range of time; refreshed: whether it just refreshes.
export function PageHead({ title, tab = title, data = [], timed = true, refreshed = false, children }) {
  useEffect(() => { document.title = `${tab} · Sonde`; }, [tab]);
  useKeys([{ keys: "r", does: "Refresh", run: refresh }]);
  return html`<header class="page-head">
    <h1>${title}</h1>
    ${children}
    <div class="page-tools">
      ${timed && html`<${TimePicker} />`}
      ${refreshed && html`<${RefreshSwitch} />`}
      ${data.length > 0 && html`<${DataLinks} items=${data} />`}
    </div>
  </header>`;
}
