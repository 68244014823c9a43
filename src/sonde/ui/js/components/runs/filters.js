// Which runs are listed: by job, status and duration; each stands in the page's address.

import { html, useEffect, useState } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";

const STATUSES = ["running", "success", "error"];
const LONGER = [["1000", "1 s"], ["10000", "10 s"], ["60000", "1 min"], ["600000", "10 min"], ["3600000", "1 h"]];
const JOBS_OFFERED = 50;
const NAMES = { job: "job", status: "status", minDurationMs: "longer", maxDurationMs: "shorter" };

export const withoutFilters = Object.fromEntries(Object.values(NAMES).map((name) => [name, ""]));

// As the API names them.
export function filtersNow() {
  const ms = (name) => (/^\d{1,12}$/.test(param(name)) ? param(name) : "");
  return { job: param("job"), status: param("status"), minDurationMs: ms("longer"), maxDurationMs: ms("shorter") };
}

export function RunFilters({ filters, range }) {
  const isFiltered = Object.values(filters).some(Boolean);
  return html`<form class="run-filters" role="search" aria-label="Which runs" onSubmit=${(event) => event.preventDefault()}>
    <${JobFilter} value=${filters.job} range=${range} />
    <label><span>Status</span><select value=${filters.status} onChange=${(event) => setParams({ status: event.target.value })}>
      <option value="">any</option>${withCurrent(STATUSES, filters.status).map((status) => html`<option key=${status} value=${status}>${status}</option>`)}</select></label>
    <${DurationFilter} label="Longer than" name="longer" value=${filters.minDurationMs} />
    <${DurationFilter} label="Shorter than" name="shorter" value=${filters.maxDurationMs} />
    ${isFiltered && html`<button type="button" class="plain" onClick=${() => setParams(withoutFilters)}>Clear</button>`}
  </form>`;
}

function JobFilter({ value, range }) {
  const [typed, setTyped] = useState(value);
  const jobs = useQuery("attributes/values", { key: "sonde.run.job", ...range, limit: JOBS_OFFERED });
  useEffect(() => setTyped(value), [value]);
  const names = (jobs.data?.values ?? []).map((each) => each.value).filter((name) => name.length < 200);
  const apply = (text) => text.trim() !== value && setParams({ job: text.trim() });
  const onInput = (event) => {
    setTyped(event.target.value);
    // One that was chosen from the list needs no Enter.
    if (event.inputType === "insertReplacementText" || event.inputType === undefined) apply(event.target.value);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter") apply(typed);
    if (event.key === "Escape") event.target.blur();
  };
  return html`<label><span>Job</span><input type="search" list="run-jobs" autocomplete="off" spellcheck="false" placeholder="any" value=${typed} onInput=${onInput} onChange=${(event) => apply(event.target.value)} onKeyDown=${onKeyDown} />
    <datalist id="run-jobs">${names.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist></label>`;
}

function DurationFilter({ label, name, value }) {
  const known = LONGER.some(([ms]) => ms === value);
  return html`<label><span>${label}</span><select value=${value} onChange=${(event) => setParams({ [name]: event.target.value })}>
    <option value="">any</option>${LONGER.map(([ms, text]) => html`<option key=${ms} value=${ms}>${text}</option>`)}
    ${value && !known && html`<option value=${value}>${Number(value) / 1000} s</option>`}</select></label>`;
}

function withCurrent(names, current) {
  return current && !names.includes(current) ? [...names, current] : names;
}
