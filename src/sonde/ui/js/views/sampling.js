// What sampling kept: which operations are always kept, how many spans of each are stored and why, how many these stand for.

import { WiderRanges } from "../components/list_notices.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { KeptTable, REASONS } from "../components/sampling/kept_table.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { count, counted, percent } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const SHOWN = 500;

export function Sampling() {
  const q = param("q");
  const range = timeRange();
  const kept = REASONS.some(({ name }) => name === param("kept")) ? param("kept") : "";
  const asked = { q, kept, ...range, limit: SHOWN };
  const { data, error, isStale, reload } = useQuery("sampling", asked);
  const isSyntax = error?.code === "search_syntax";
  return html`
    <${PageHead} title="Sampling" data=${[
      { name: "What was kept", path: "sampling", params: asked, command: command("sampling", q, { "--kept": kept, ...rangeOptions(range) }) },
    ]} />
    <${SearchBox} signal="spans" q=${q} error=${error} onSearch=${(text) => setParams({ q: text })} placeholder="Narrow it down: service:checkout operation:payment.*" />
    <form class="kept-filter" role="search" aria-label="Which operations" onSubmit=${(event) => event.preventDefault()}>
      <label><span>Kept for</span> <select value=${kept} onChange=${(event) => setParams({ kept: event.target.value })}>
        <option value="">any reason</option>${REASONS.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
      ${data?.total && html`<${Total} total=${data.total} isExact=${data.exact} />`}
    </form>
    ${error && !isSyntax && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="table-box"><${Skeleton} rows=${8} height=${32} /></div>`}
    ${data && (data.operations.length > 0
      ? html`<${KeptTable} operations=${data.operations} q=${q} question=${JSON.stringify([q, kept, range])} isStale=${isStale} />
          ${data.operationCount > data.operations.length && html`<p class="muted">The ${count(data.operations.length)} operations with most spans, of ${count(data.operationCount)}.</p>`}`
      : html`<${Nothing} isFiltered=${Boolean(q || kept)} range=${range} />`)}`;
}

function Total({ total, isExact }) {
  const why = REASONS.filter(({ name }) => total.kept[name] > 0);
  if (total.kept.unsampled > 0 && why.length === 1) return html`<p class="kept-total" role="status"><b>${counted(total.stored, "span")}</b> <span class="muted">all kept: their senders sample nothing</span></p>`;
  return html`<p class="kept-total" role="status"><b>${counted(total.stored, "span")}</b> kept of ${count(total.happened)} (${percent(total.share)}):
    ${why.map(({ name, title }) => html`<span key=${name} class="chip" title=${title}>${name} ${count(total.kept[name])}</span>`)}
    ${!isExact && html`<span class="muted" title="Until the store has merged it">what was sent twice may count twice</span>`}</p>`;
}

function Nothing({ isFiltered, range }) {
  return html`<${Empty} title=${isFiltered ? "No span is like this in this time." : "No span was received in this time."}>
    <p class="muted">By default everything is kept. <code>sonde.configure(sample_ratio=0.1, always=["payment.*"])</code> keeps one trace in ten, and every trace that failed or is critical.</p>
    <div class="ways-out">${isFiltered && html`<button type="button" onClick=${() => setParams({ q: "", kept: "" })}>Without the filters</button>`}<${WiderRanges} range=${range} /></div>
  <//>`;
}
