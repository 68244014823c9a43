// Which orchestrations are listed: by component, status and violations; each stands in the page's address.

import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { param, setParams } from "../../lib/route.js";

const STATUSES = ["running", "success", "violated", "error", "unset"];

export const withoutFilters = { component: "", status: "", violations: "" };

// As the API names them.
export function filtersNow() {
  const status = param("status");
  return { component: param("component"), status: STATUSES.includes(status) ? status : "", violations: param("violations") ? "true" : "" };
}

export function OrchestrationFilters({ filters }) {
  const box = useRef(null);
  const [typed, setTyped] = useState(filters.component);
  useEffect(() => setTyped(filters.component), [filters.component]);
  useKeys([{ keys: "/", does: "Filter", run: () => box.current.focus() }]);
  const apply = () => typed.trim() !== filters.component && setParams({ component: typed.trim() });
  const onKeyDown = (event) => {
    if (event.key === "Enter") apply();
    if (event.key === "Escape") event.target.blur();
  };
  return html`<form class="orchestration-filters" role="search" aria-label="Which orchestrations" onSubmit=${(event) => event.preventDefault()}>
    <label><span>Component</span><input ref=${box} type="search" autocomplete="off" spellcheck="false" placeholder="daemon" value=${typed} onInput=${(event) => setTyped(event.target.value)} onChange=${apply} onKeyDown=${onKeyDown} /></label>
    <label><span>Status</span><select value=${filters.status} onChange=${(event) => setParams({ status: event.target.value })}>
      <option value="">any</option>${STATUSES.map((status) => html`<option key=${status} value=${status}>${status}</option>`)}</select></label>
    <label class="check"><input type="checkbox" checked=${Boolean(filters.violations)} onChange=${(event) => setParams({ violations: event.target.checked ? "1" : "" })} /><span>With violations</span></label>
    ${Object.values(filters).some(Boolean) && html`<button type="button" class="plain" onClick=${() => setParams(withoutFilters)}>Clear</button>`}
  </form>`;
}
