// What values the found records have, with counts: a click narrows the search to one, another takes it out again.

import { classes, html, useState } from "../lib/html.js";
import { compact, count } from "../lib/format.js";
import { hasTerm, term, withTerm } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { Icon } from "./icons.js";
import { Problem, Skeleton } from "./notices.js";

const SHOWN = 6;

// onSearch(q) with the search so narrowed. `fields` are asked for besides the usual ones.
export function Facets({ signal: searched, q, range, fields = "", onSearch }) {
  const { data, error, reload } = useQuery("facets", { signal: searched, q, ...range, fields });
  if (error && error.code === "search_syntax") return null;
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Skeleton} rows=${12} height=${22} />`;
  return html`<div class="facets">
    ${data.sampled && html`<p class="muted" title="So many records match that only a part of them was looked at; the counts are scaled.">Counts are estimates.</p>`}
    ${data.facets.filter((each) => each.values.length > 0).map((facet) => html`<${Facet} key=${facet.field} facet=${facet} q=${q} onSearch=${onSearch} />`)}
  </div>`;
}

function Facet({ facet, q, onSearch }) {
  const [isOpen, setOpen] = useState(true);
  const [isWhole, setWhole] = useState(false);
  const most = Math.max(...facet.values.map((each) => each.count), 1);
  const shown = isWhole ? facet.values : facet.values.slice(0, SHOWN);
  return html`<section class="facet">
    <button type="button" class="facet-name" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /> ${facet.field}</button>
    ${isOpen && html`<ul>${shown.map(({ value, count: number }) => {
      const added = value === "" ? `NOT has:${facet.field}` : term(facet.field, value);
      const isChosen = hasTerm(q, added);
      return html`<li key=${value}><button type="button" class=${classes("facet-value", isChosen && "chosen")} aria-pressed=${String(isChosen)} title=${`${value || "(none)"}: ${count(number)}`} onClick=${() => onSearch(withTerm(q, added))}>
        <span class="facet-bar" style=${{ width: `${(100 * number) / most}%` }}></span>
        <span class="facet-text">${value || "(none)"}</span><span class="facet-count">${compact(number)}</span></button></li>`;
    })}</ul>
    ${facet.values.length > SHOWN && html`<button type="button" class="plain facet-more" onClick=${() => setWhole(!isWhole)}>${isWhole ? "Fewer" : `${facet.values.length - SHOWN} more`}</button>`}`}
  </section>`;
}
