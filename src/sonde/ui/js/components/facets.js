// What values the found records have, with counts: a click narrows the search to one, another takes it out again; with
// Alt or Shift, or by the button beside it, it is excluded.

import { classes, html, useId, useState } from "../lib/html.js";
import { compact, count, shortened } from "../lib/format.js";
import { term, valueTerm } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";
import { hasTerm, opposite, topTerms, withTerm } from "../lib/terms.js";
import { Icon } from "./icons.js";
import { Problem, Skeleton } from "./notices.js";

const SHOWN = 6;
const MOSTLY = 0.7;

// onSearch(q) with the search so changed. wait: while true nothing is asked. isRefused: the search does
// not parse. Fields that a person added are in `fields`
// of the URL.
export function Facets({ signal: searched, q, range, onSearch, wait = false, isRefused = false }) {
  const [isOpen, setOpen] = useState(false);
  const [rests, setRests] = useState(false);
  const added = addedFields();
  const usual = useQuery("facets", { signal: searched, q, ...range }, { wait, rests });
  const chosen = useQuery(added.length > 0 ? "facets" : null, { signal: searched, q, ...range, fields: added.join(",") }, { wait: wait || usual.loading, rests });
  const error = usual.error ?? chosen.error;
  const own = added.map((field) => chosen.data?.facets.find((each) => each.field === field) ?? { field, values: [], isAsked: !chosen.data });
  const facets = usual.data ? [...own, ...usual.data.facets.filter((each) => isTelling(each, usual.data.facets) && !added.includes(each.field))] : [];
  const sampled = usual.data?.sampled || chosen.data?.sampled;
  if (isRefused && !usual.data) return html`<aside class="facets" aria-label="Filters"></aside>`;
  return html`<aside class=${classes("facets", isOpen && "open")} aria-label="Filters" onPointerEnter=${(event) => setRests(event.pointerType !== "touch")} onPointerLeave=${() => setRests(false)}>
    <button type="button" class="facets-toggle control" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}><${Icon} name="filter" /> Filters</button>
    <div class="facets-body">
      ${error && error.code !== "search_syntax" && html`<${Problem} error=${error} retry=${() => { usual.reload(); chosen.reload(); }} />`}
      ${!usual.data && !error && html`<${Skeleton} rows=${12} height=${22} />`}
      ${facets.map((facet) => html`<${Facet} key=${facet.field} facet=${facet} isFolded=${facet.field === "service" && sameAsComponent(facet, facets) >= MOSTLY} q=${q} onSearch=${onSearch} onRemove=${added.includes(facet.field) ? () => setFields(added.filter((each) => each !== facet.field)) : null} />`)}
      <${AddField} signal=${searched} range=${range} onAdd=${(field) => setFields([...added.filter((each) => each !== field), field])} />
      ${sampled && html`<p class="muted note" title="So many records match that only a part of them was looked at; the counts are scaled.">Counts are estimates.</p>`}
    </div>
  </aside>`;
}

function Facet({ facet, q, onSearch, onRemove, isFolded = false }) {
  const [isOpen, setOpen] = useState(!isFolded);
  const [isWhole, setWhole] = useState(false);
  const values = [...facet.values, ...excluded(facet, q)];
  const most = Math.max(...values.map((each) => each.count ?? 0), 1);
  const shown = isWhole ? values : values.filter((each, at) => at < SHOWN || each.count === null);
  const hidden = values.length - shown.length;
  const name = shortened(facet.field, 80);
  return html`<section class="facet">
    <div class="facet-head">
      <button type="button" class="facet-name" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /> <bdi class="cut">${name}</bdi></button>
      ${onRemove && html`<button type="button" class="plain facet-button" aria-label=${`Take the field ${name} away`} title="Take this field away" onClick=${onRemove}><${Icon} name="close" size=${12} /></button>`}
    </div>
    ${isOpen && values.length === 0 && html`<p class="muted note">${facet.isAsked ? "…" : "No record has it."}</p>`}
    ${isOpen && html`<ul>${shown.map((each) => html`<${Value} key=${each.term ?? each.value} field=${facet.field} value=${each.value} number=${each.count} most=${most} q=${q} onSearch=${onSearch} excludedAs=${each.term} />`)}</ul>
    ${(hidden > 0 || isWhole) && html`<button type="button" class="plain facet-more" onClick=${() => setWhole(!isWhole)}>${isWhole ? "Fewer" : `${hidden} more`}</button>`}
    ${facet.other > 0 && isWhole && html`<p class="muted note">and ${compact(facet.other)} with other values</p>`}`}
  </section>`;
}

function Value({ field, value, number, most, q, onSearch, excludedAs }) {
  const wanted = excludedAs ? opposite(excludedAs) : valueTerm(field, value);
  const not = excludedAs ?? opposite(wanted);
  const isChosen = hasTerm(q, wanted);
  const isExcluded = hasTerm(q, not);
  const text = value === "" ? "(none)" : shortened(value, 120);
  const click = (event) => {
    if (isExcluded || event.altKey || event.shiftKey) onSearch(withTerm(q, not));
    else onSearch(withTerm(q, wanted));
  };
  return html`<li class=${classes("facet-line", isChosen && "chosen", isExcluded && "excluded")}>
    <button type="button" class="facet-value" aria-pressed=${isExcluded ? "mixed" : String(isChosen)} onClick=${click}
      title=${isExcluded ? `${text}: excluded; click to take that back` : `${text}: ${count(number)}${isChosen ? "; click to take it out" : ""} (Alt-click excludes)`}>
      ${number !== null && html`<span class="facet-bar" style=${{ width: `${((100 * number) / most).toFixed(1)}%` }}></span>`}
      <bdi class="facet-text">${text}</bdi><span class="facet-count">${number === null ? "excluded" : compact(number)}</span></button>
    ${!isExcluded && html`<button type="button" class="plain facet-button exclude" aria-label=${`Exclude ${text}`} title="Exclude" onClick=${() => onSearch(withTerm(q, not))}><${Icon} name="close" size=${11} /></button>`}
  </li>`;
}

function AddField({ signal: searched, range, onAdd }) {
  const [isAsked, setAsked] = useState(false);
  const [typed, setTyped] = useState("");
  const list = useId();
  const keys = useQuery(isAsked ? "attributes/keys" : null, { signal: searched === "spans" ? "spans" : "logs", ...range, limit: 500 }, { refresh: false });
  const add = (event) => {
    event.preventDefault();
    const field = typed.trim();
    if (!field || field.includes(",")) return;
    setTyped("");
    onAdd(field);
  };
  return html`<form class="facet-add" onSubmit=${add}>
    <input type="text" list=${list} aria-label="Add a field to the filters" placeholder="Add a field …" autocomplete="off" spellcheck="false" value=${typed} onFocus=${() => setAsked(true)} onInput=${(event) => setTyped(event.target.value)} />
    <datalist id=${list}>${(keys.data?.keys ?? []).map((each) => html`<option key=${each.value} value=${each.value}></option>`)}</datalist>
    ${typed.trim() && html`<button type="submit" class="plain" aria-label="Add this field"><${Icon} name="chevron" size=${12} /></button>`}
  </form>`;
}

// Components are named after their services unless someone names them otherwise: then the services tell nothing more.
function isTelling(facet, all) {
  return facet.values.length > 0 && (facet.field !== "service" || sameAsComponent(facet, all) < 1);
}

// The share of the values that are those of the component, equally often: services are mostly named like them.
function sameAsComponent({ values }, all) {
  const components = new Set(all.find((each) => each.field === "component")?.values.map(({ value, count: number }) => JSON.stringify([value, number])));
  return values.filter(({ value, count: number }) => components.has(JSON.stringify([value, number]))).length / values.length;
}

// Excluded values are no longer among those that are found: they are told, so that they can be taken back.
function excluded(facet, q) {
  const key = term(facet.field, "x").slice(0, -1);
  const found = new Set(facet.values.map((each) => opposite(valueTerm(facet.field, each.value))));
  return topTerms(q)
    .map((each) => each.replace(/^[-!](?=\S)/, "NOT "))
    .filter((each) => each.startsWith(`NOT ${key}`) && !found.has(each))
    .map((each) => ({ value: each.slice(4 + key.length).replace(/^"(.*)"$/s, "$1").replace(/\\(.)/gs, "$1"), count: null, term: each }));
}

function addedFields() {
  return [...new Set(param("fields").split(",").map((each) => each.trim()).filter(Boolean))].slice(0, 20);
}

function setFields(fields) {
  setParams({ fields: fields.join(",") }, { replace: true });
}
