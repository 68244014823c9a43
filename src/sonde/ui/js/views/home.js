// What happens now: everything together, each component, what is slow, fails or changed. It refreshes by itself.

import { Changes } from "../components/home/changes.js";
import { ComponentTable } from "../components/home/component_table.js";
import { FailingTraces } from "../components/home/failing_traces.js";
import { Ingest } from "../components/home/ingest.js";
import { NewestErrors } from "../components/home/newest_errors.js";
import { NothingNow } from "../components/home/nothing_now.js";
import { Slowest } from "../components/home/slowest.js";
import { Totals } from "../components/home/totals.js";
import { Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { useRowKeys } from "../components/row_keys.js";
import { command, rangeOptions } from "../lib/command.js";
import { html, useRef } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";
import { timeRange } from "../lib/time.js";

const EVERY_S = 10;
// Who waits for the first span should not wait long.
const EVERY_S_WHILE_EMPTY = 2;

export function Home() {
  const range = timeRange();
  const overview = useQuery("overview", range);
  const { data, error, reload, isStale } = overview;
  // The rest is asked for once what the page is about is there.
  const isThere = Boolean(data || error);
  const status = useQuery(isThere ? "status" : null);
  const isEmpty = Boolean(data) && data.components.length === 0;
  const failing = useQuery(data && !isEmpty ? "traces" : null, { q: "status:error", ...range, limit: 8 });
  const rows = useRef(null);
  useRowKeys(rows, "row");
  useRefreshEvery(isEmpty ? EVERY_S_WHILE_EMPTY : EVERY_S);
  return html`
    <${PageHead} title="Home" data=${[
      { name: "This overview", path: "overview", params: range, command: command("services", [], rangeOptions(range)) },
      { name: "Failed traces", path: "traces", params: { q: "status:error", ...range }, command: command("query", "status:error", { "--type": "traces", ...rangeOptions(range) }) },
    ]} />
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} />`}
    ${isEmpty && html`<${NothingNow} status=${status} isStale=${isStale} />`}
    ${data && !isEmpty && html`<div class="home" ref=${rows}>
      <div class="home-top"><${Totals} overview=${data} /><${Ingest} answer=${status} /></div>
      <${ComponentTable} components=${data.components} question=${JSON.stringify(range)} isStale=${isStale} />
      <div class="home-cards">
        <div class="home-stack"><${Changes} changes=${data.changes} isFirst=${data.total.before === null} /><${Slowest} operations=${data.operations} /></div>
        <div class="home-stack"><${NewestErrors} groups=${data.errors} /><${FailingTraces} answer=${failing} /></div>
      </div>
    </div>`}`;
}

function Loading() {
  return html`<div class="home" aria-busy="true">
    <div class="home-top"><div class="panel-box totals"><${Skeleton} rows=${5} /></div><div class="panel-box card"><${Skeleton} rows=${4} /></div></div>
    <div class="table-box"><${Skeleton} rows=${6} height=${32} /></div>
  </div>`;
}
