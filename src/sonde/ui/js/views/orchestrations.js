// Orchestrations, newest first, by component, status and violations.

import { ListProblem, OtherStatuses, WiderRanges } from "../components/list_notices.js";
import { Empty, Skeleton, Snippet } from "../components/notices.js";
import { OrchestrationFilters, filtersNow, withoutFilters } from "../components/orchestrations/filters.js";
import { OrchestrationRow, orchestrationColumns } from "../components/orchestrations/orchestration_row.js";
import { PageHead } from "../components/page_head.js";
import { RowList } from "../components/row_list.js";
import { command, rangeOptions } from "../lib/command.js";
import { count } from "../lib/format.js";
import { html, useMemo, useState } from "../lib/html.js";
import { useAttention } from "../lib/live.js";
import { logScale } from "../lib/log_scale.js";
import { usePages } from "../lib/pages.js";
import { setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const LIMIT = 100;
const id = (found) => found.orchestrationId;
const rowsOf = (page) => page.orchestrations;

export function Orchestrations() {
  const range = timeRange();
  const filters = filtersNow();
  const params = { ...filters, ...range, limit: LIMIT };
  const [isScrolled, setScrolled] = useState(false);
  const { isHeld, watched } = useAttention();
  const list = usePages("orchestrations", params, { rowsOf, id, isHeld: isHeld || isScrolled });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (chosen) => {
    list.chosen.current = chosen;
    setChosen(chosen);
  };
  const scale = useMemo(() => logScale(list.rows.map((found) => found.durationNs)), [list.rows]);
  const isEmpty = !list.loading && !list.isStale && !list.error && list.rows.length === 0 && !list.hasMore;
  return html`<div class="list-page orchestrations-page">
    <${PageHead} title="Orchestrations" data=${[
      { name: "Orchestrations", path: "orchestrations", params, command: command("orchestrations", "", { "--component": filters.component, "--status": filters.status, "--violations": Boolean(filters.violations), ...rangeOptions(range) }) },
    ]} />
    <${OrchestrationFilters} filters=${filters} />
    <section class="list-main" aria-label="orchestrations">
      ${list.error && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
      ${isEmpty ? html`<${NoOrchestrations} statuses=${list.statuses} isFiltered=${Object.values(filters).some(Boolean)} range=${range} />`
        : list.rows.length === 0 && !list.hasMore ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${30} /></div>`)
        : html`<${RowList} list=${list} id=${id} columns=${orchestrationColumns(scale)} watched=${watched} what="orchestration" label="orchestrations, newest first" name="orchestrations-list" onScrolled=${setScrolled} current=${current} onCurrent=${setCurrent}
              row=${({ row, key, ...others }) => html`<${OrchestrationRow} key=${key} found=${row} scale=${scale} ...${others} />`} />
          <p class="list-foot muted" role="status">${count(list.rows.length)} ${list.rows.length === 1 ? "orchestration" : "orchestrations"}${list.hasMore ? " so far" : ""}, newest first${list.waiting > 0 ? html` · <button type="button" class="plain" onClick=${list.showWaiting}>show ${count(list.waiting)} new</button>` : ""}</p>`}
    </section>
  </div>`;
}

function NoOrchestrations({ statuses, isFiltered, range }) {
  return html`<${Empty} title=${isFiltered ? "No orchestration is like this in this time." : "No orchestration ran in this time."}>
    ${!isFiltered && html`<p>Tell Sonde which long job the work of several processes belongs to, and its phase:</p>
      <${Snippet} text=${'with sonde.orchestration("orc_1", source="orchestrator", phase="plan") as o:\n    o.phase("build")\n    o.skip("task_2", "unchanged")'} label="Copy the code" />`}
    <div class="ways-out">
      <${OtherStatuses} statuses=${statuses} />
      ${isFiltered && html`<button type="button" onClick=${() => setParams(withoutFilters)}>Without the filters</button>`}
      <${WiderRanges} range=${range} />
    </div>
  <//>`;
}
