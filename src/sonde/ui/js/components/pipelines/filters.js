// Which executions are listed: by trigger, status, user and address; each stands in the page's address.

import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { param, setParams } from "../../lib/route.js";

const STATUSES = ["running", "success", "blocked", "error"];
const FIELDS = [
  { name: "trigger", label: "Trigger", example: "before_signin" },
  { name: "user", label: "User", example: "usr_1" },
  { name: "ip", label: "Address", example: "192.0.2.7" },
];

// As the API names them.
export function filtersNow() {
  const status = param("status");
  return { trigger: param("trigger"), status: STATUSES.includes(status) ? status : "", userId: param("user"), ip: param("ip") };
}

export function ExecutionFilters({ filters, only = ["trigger", "user", "ip", "status"] }) {
  const form = useRef(null);
  useKeys([{ keys: "/", does: "Filter", run: () => form.current.querySelector("input").focus() }]);
  const isFiltered = Object.values(filters).some(Boolean);
  return html`<form ref=${form} class="execution-filters" role="search" aria-label="Which executions" onSubmit=${(event) => event.preventDefault()}>
    ${FIELDS.filter(({ name }) => only.includes(name)).map((field) => html`<${TextFilter} key=${field.name} field=${field} value=${param(field.name)} />`)}
    ${only.includes("status") && html`<label><span>Status</span><select value=${filters.status} onChange=${(event) => setParams({ status: event.target.value })}>
      <option value="">any</option>${STATUSES.map((status) => html`<option key=${status} value=${status}>${status}</option>`)}</select></label>`}
    ${isFiltered && html`<button type="button" class="plain" onClick=${() => setParams({ trigger: "", status: "", user: "", ip: "" })}>Clear</button>`}
  </form>`;
}

function TextFilter({ field, value }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const apply = () => typed.trim() !== value && setParams({ [field.name]: typed.trim() });
  const onKeyDown = (event) => {
    if (event.key === "Enter") apply();
    if (event.key === "Escape") event.target.blur();
  };
  return html`<label><span>${field.label}</span><input type="search" autocomplete="off" spellcheck="false" placeholder=${field.example} value=${typed} onInput=${(event) => setTyped(event.target.value)} onChange=${apply} onKeyDown=${onKeyDown} /></label>`;
}
