// Executions of pipelines, newest first, or their scripts compared.

import { ListProblem, OtherStatuses, WiderRanges } from "../components/list_notices.js";
import { Empty, Problem, Skeleton, Snippet } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { ExecutionRow, executionColumns } from "../components/pipelines/execution_row.js";
import { ExecutionFilters, filtersNow } from "../components/pipelines/filters.js";
import { ScriptTable } from "../components/pipelines/script_table.js";
import { RowList } from "../components/row_list.js";
import { command, rangeOptions } from "../lib/command.js";
import { count } from "../lib/format.js";
import { classes, html, useMemo, useState } from "../lib/html.js";
import { useAttention } from "../lib/live.js";
import { logScale } from "../lib/log_scale.js";
import { usePages } from "../lib/pages.js";
import { useQuery } from "../lib/query.js";
import { hrefHere, param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const LIMIT = 100;
const MOST_SCRIPTS = 1000;
const id = (execution) => `${execution.traceId}${execution.spanId}`;
const rowsOf = (page) => page.pipelines;

export function Pipelines() {
  return param("show") === "scripts" ? html`<${Scripts} />` : html`<${Executions} />`;
}

function Executions() {
  const range = timeRange();
  const filters = filtersNow();
  const params = { ...filters, ...range, data: "false" };
  const [isScrolled, setScrolled] = useState(false);
  const { isHeld, watched } = useAttention();
  const list = usePages("pipelines", { ...params, limit: LIMIT }, { rowsOf, id, isHeld: isHeld || isScrolled });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (chosen) => {
    list.chosen.current = chosen;
    setChosen(chosen);
  };
  const scale = useMemo(() => logScale(list.rows.map((execution) => execution.durationNs)), [list.rows]);
  const isEmpty = !list.loading && !list.isStale && !list.error && list.rows.length === 0;
  return html`<div class="list-page pipelines-page">
    <${PageHead} title="Pipelines" data=${[
      { name: "Executions", path: "pipelines", params: { ...filters, ...range, limit: LIMIT }, command: command("pipelines", "", { "--trigger": filters.trigger, "--status": filters.status, "--user": filters.userId, "--ip": filters.ip, ...rangeOptions(range) }) },
    ]}><${Shown} /><//>
    <${ExecutionFilters} filters=${filters} />
    <section class="list-main" aria-label="executions">
      ${list.error && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
      ${isEmpty ? html`<${NoExecutions} statuses=${list.statuses} filters=${filters} range=${range} />`
        : list.rows.length === 0 ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${30} /></div>`)
        : html`<${RowList} list=${list} id=${id} columns=${executionColumns(scale)} watched=${watched} what="execution" label="executions, newest first" name="executions-list" onScrolled=${setScrolled} current=${current} onCurrent=${setCurrent}
              row=${({ row, key, ...others }) => html`<${ExecutionRow} key=${key} execution=${row} scale=${scale} ...${others} />`} />
          <p class="list-foot muted" role="status">${count(list.rows.length)} ${list.rows.length === 1 ? "execution" : "executions"}${list.hasMore ? " so far" : ""}, newest first${list.waiting > 0 ? html` · <button type="button" class="plain" onClick=${list.showWaiting}>show ${count(list.waiting)} new</button>` : ""}</p>`}
    </section>
  </div>`;
}

function Scripts() {
  const range = timeRange();
  const trigger = param("trigger");
  const asked = { trigger, ...range, limit: MOST_SCRIPTS };
  const { data, error, isStale, reload } = useQuery("pipelines/scripts", asked);
  return html`
    <${PageHead} title="Pipelines" tab="Scripts" data=${[
      { name: "Scripts", path: "pipelines/scripts", params: asked, command: command("pipelines scripts", "", { "--trigger": trigger, ...rangeOptions(range) }) },
    ]}><${Shown} /><//>
    <${ExecutionFilters} filters=${filtersNow()} only=${["trigger"]} />
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="table-box"><${Skeleton} rows=${8} height=${34} /></div>`}
    ${data && (data.scripts.length > 0
      ? html`<${ScriptTable} scripts=${data.scripts} stepMs=${data.stepMs} isStale=${isStale} />`
      : html`<${NoExecutions} filters=${{ trigger }} range=${range} />`)}`;
}

function Shown() {
  const isScripts = param("show") === "scripts";
  const to = (show) => hrefHere("/pipelines", { show, trigger: param("trigger") });
  return html`<nav class="joined shown" aria-label="What is listed">
    <a class=${classes("button control", !isScripts && "current")} aria-current=${isScripts ? null : "true"} href=${to("")}>Executions</a>
    <a class=${classes("button control", isScripts && "current")} aria-current=${isScripts ? "true" : null} href=${to("scripts")}>Scripts</a>
  </nav>`;
}

function NoExecutions({ statuses = [], filters, range }) {
  const isFiltered = Object.values(filters).some(Boolean);
  return html`<${Empty} title=${isFiltered ? "No execution of a pipeline is like this in this time." : "No pipeline ran in this time."}>
    ${!isFiltered && html`<p>Tell Sonde of a pipeline: a trigger, and the scripts that run for it.</p>
      <${Snippet} text=${'with sonde.pipeline("before_signin", user_id="usr_1") as p:\n    with p.script("Geo Blocker", layer=0, index=0) as s:\n        s.output({"country": "CH"})'} label="Copy the code" />`}
    <div class="ways-out">
      <${OtherStatuses} statuses=${statuses} />
      ${isFiltered && html`<button type="button" onClick=${() => setParams({ trigger: "", status: "", user: "", ip: "" })}>Without the filters</button>`}
      <${WiderRanges} range=${range} />
    </div>
  <//>`;
}
