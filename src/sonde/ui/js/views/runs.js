// Runs of jobs, newest first, by job, status and duration.

import { ListProblem, OtherStatuses, WiderRanges } from "../components/list_notices.js";
import { Empty, Skeleton, Snippet } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { RowList } from "../components/row_list.js";
import { RunFilters, filtersNow, withoutFilters } from "../components/runs/filters.js";
import { RunRow, runColumns } from "../components/runs/run_row.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { count } from "../lib/format.js";
import { html, useMemo, useState } from "../lib/html.js";
import { useAttention } from "../lib/live.js";
import { logScale } from "../lib/log_scale.js";
import { usePages } from "../lib/pages.js";
import { param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const LIMIT = 100;
const id = (run) => run.runId;
const rowsOf = (page) => page.runs;

export function Runs() {
  const q = param("q");
  const range = timeRange();
  const filters = filtersNow();
  const params = { q, ...filters, ...range, limit: LIMIT };
  const [isScrolled, setScrolled] = useState(false);
  const { isHeld, watched } = useAttention();
  const list = usePages("runs", params, { rowsOf, id, isHeld: isHeld || isScrolled });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (chosen) => {
    list.chosen.current = chosen;
    setChosen(chosen);
  };
  const scale = useMemo(() => logScale(list.rows.map((run) => run.durationNs)), [list.rows]);
  const isRefused = list.error?.code === "search_syntax";
  const isEmpty = !list.loading && !list.isStale && !list.error && list.rows.length === 0 && !list.hasMore;
  return html`<div class="list-page runs-page">
    <${PageHead} title="Runs" data=${[
      { name: "Runs", path: "runs", params, command: command("runs", "", { "-q": q, "--job": filters.job, "--status": filters.status, "--min-duration": filters.minDurationMs && `${filters.minDurationMs / 1000}s`, ...rangeOptions(range) }) },
    ]} />
    <${SearchBox} signal="spans" q=${q} error=${list.isStale ? null : list.error} onSearch=${(text) => setParams({ q: text })} placeholder="Runs with a span like: sonde.entity.payment:pym_1 service:billing" />
    <${RunFilters} filters=${filters} range=${range} />
    <section class="list-main" aria-label="runs">
      ${list.error && !isRefused && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
      ${isEmpty ? html`<${NoRuns} statuses=${list.statuses} isFiltered=${Boolean(q) || Object.values(filters).some(Boolean)} range=${range} />`
        : list.rows.length === 0 && !list.hasMore ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${30} /></div>`)
        : html`<${RowList} list=${list} id=${id} columns=${runColumns(scale)} watched=${watched} what="run" label="runs, newest first" name="runs-list" onScrolled=${setScrolled} current=${current} onCurrent=${setCurrent}
              row=${({ row, key, ...others }) => html`<${RunRow} key=${key} run=${row} scale=${scale} ...${others} />`} />
          <p class="list-foot muted" role="status">${count(list.rows.length)} ${list.rows.length === 1 ? "run" : "runs"}${list.hasMore ? " so far" : ""}, newest first${list.waiting > 0 ? html` · <button type="button" class="plain" onClick=${list.showWaiting}>show ${count(list.waiting)} new</button>` : ""}</p>`}
    </section>
  </div>`;
}

function NoRuns({ statuses, isFiltered, range }) {
  return html`<${Empty} title=${isFiltered ? "No run is like this in this time." : "No job ran in this time."}>
    ${!isFiltered && html`<p>Tell Sonde which run the work of a job belongs to, and what it touches:</p>
      <${Snippet} text=${'with sonde.run(job_id, job="billing", attempt=retries + 1):\n    sonde.entity("payment", "pym_1")'} label="Copy the code" />
      <p class="muted">A run is shown once it has ended; at once with <code>open=True</code>.</p>`}
    <div class="ways-out">
      <${OtherStatuses} statuses=${statuses} />
      ${isFiltered && html`<button type="button" onClick=${() => setParams({ q: "", ...withoutFilters })}>Without the filters</button>`}
      <${WiderRanges} range=${range} />
    </div>
  <//>`;
}
