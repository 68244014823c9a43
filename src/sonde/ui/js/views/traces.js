// The traces that match a search, newest first, or their spans.

import { CountsOverTime } from "../components/counts_over_time.js";
import { Facets } from "../components/facets.js";
import { ListProblem, NothingFound } from "../components/list_notices.js";
import { LiveSwitch, NewRows, isLive } from "../components/live_switch.js";
import { Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { RowList } from "../components/row_list.js";
import { SearchBox } from "../components/search_box.js";
import { SpanRow, spanColumns } from "../components/traces/span_row.js";
import { TraceRow, traceColumns } from "../components/traces/trace_row.js";
import { command, rangeOptions } from "../lib/command.js";
import { count } from "../lib/format.js";
import { classes, html, useMemo, useState } from "../lib/html.js";
import { useArrivals, useAttention } from "../lib/live.js";
import { logScale } from "../lib/log_scale.js";
import { usePages } from "../lib/pages.js";
import { hrefHere, param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const LIMIT = 100;
const KINDS = [{ name: "errors", colour: "--error", values: ["error"] }, { name: "others", colour: "--bar" }];

// What the two lists have their own.
const LISTS = {
  traces: {
    path: "traces", one: "trace", many: "traces", columns: traceColumns,
    rowsOf: (page) => page.traces,
    id: (trace) => trace.traceId,
    draw: ({ row, key, ...others }, scale) => html`<${TraceRow} key=${key} trace=${row} scale=${scale} ...${others} />`,
  },
  spans: {
    path: "spans", one: "span", many: "spans", columns: spanColumns,
    rowsOf: (page) => page.spans,
    id: (span) => `${span.traceId}${span.spanId}`,
    draw: ({ row, key, ...others }, scale) => html`<${SpanRow} key=${key} span=${row} scale=${scale} ...${others} />`,
  },
};

export function Traces() {
  const shown = param("show") === "spans" ? "spans" : "traces";
  return html`<${List} key=${shown} kind=${LISTS[shown]} />`;
}

function List({ kind }) {
  const q = param("q");
  const range = timeRange();
  const search = (wanted) => setParams({ q: wanted });
  const [isScrolled, setScrolled] = useState(false);
  const { isHeld, watched } = useAttention();
  const params = { q, ...range };
  const list = usePages(kind.path, { ...params, limit: LIMIT }, { rowsOf: kind.rowsOf, id: kind.id, isHeld: isHeld || isScrolled });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (id) => {
    list.chosen.current = id;
    setChosen(id);
  };
  const state = useArrivals(isLive() && list.error?.code !== "search_syntax", { signal: "spans", q }, list.again);
  const scale = useMemo(() => logScale(list.rows.map((each) => each.durationNs)), [list.rows]);
  const isEmpty = !list.loading && !list.isStale && !list.error && list.rows.length === 0;
  const isRefused = list.error?.code === "search_syntax";
  const wait = list.isStale || list.isKept || isRefused;
  const showNew = () => {
    list.showWaiting();
    document.querySelector(".row-list .virtual").scrollTop = 0;
  };
  return html`<div class="list-page">
    <${PageHead} title="Traces" data=${dataOf(kind, params)}>
      <${Shown} />
      <${LiveSwitch} state=${state} />
    <//>
    <${SearchBox} signal="spans" q=${q} onSearch=${search} error=${list.isStale ? null : list.error} />
    <${CountsOverTime} params=${{ signal: "spans", by: "status", ...params }} kinds=${KINDS} label="Spans that match" wait=${wait} isRefused=${isRefused} />
    <div class="list-columns">
      <${Facets} signal="spans" q=${q} range=${range} onSearch=${search} wait=${wait} isRefused=${isRefused} />
      <section class="list-main" aria-label=${kind.many}>
        ${list.error && !isRefused && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
        ${isEmpty ? html`<${NothingFound} q=${q} path=${kind.path} what=${kind.many} newestOf=${(page) => kind.rowsOf(page)[0]?.startedAt} onSearch=${search} />`
          : list.rows.length === 0 ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${30} /></div>`)
          : html`
            <${RowList} list=${list} id=${kind.id} row=${(given) => kind.draw(given, scale)} columns=${kind.columns(scale)} watched=${watched} what=${kind.one} label=${`${kind.many}, newest first`} name=${`${kind.path}-list`} onScrolled=${setScrolled} current=${current} onCurrent=${setCurrent}>
              <${NewRows} number=${list.waiting} most=${LIMIT} what=${kind.one} onShow=${showNew} />
            <//>
            <p class="list-foot muted" role="status">${count(list.rows.length)} ${list.rows.length === 1 ? kind.one : kind.many}${list.hasMore ? " so far" : ""}, newest first</p>`}
      </section>
    </div>
  </div>`;
}

function Shown() {
  const q = param("q");
  const isSpans = param("show") === "spans";
  const to = (show) => hrefHere("/traces", { q, show, fields: param("fields"), live: param("live") });
  return html`<nav class="joined shown" aria-label="What is listed">
    <a class=${classes("button control", !isSpans && "current")} aria-current=${isSpans ? null : "true"} href=${to("")}>Traces</a>
    <a class=${classes("button control", isSpans && "current")} aria-current=${isSpans ? "true" : null} href=${to("spans")}>Spans</a>
  </nav>`;
}

function dataOf(kind, params) {
  return [
    { name: kind.path === "traces" ? "Traces" : "Spans", path: kind.path, params: { ...params, limit: LIMIT }, command: command("query", params.q, { "--type": kind.path, ...rangeOptions(params) }) },
    { name: "Spans over time", path: "counts", params: { signal: "spans", by: "status", ...params } },
    { name: "Filters", path: "facets", params: { signal: "spans", ...params, fields: param("fields") } },
    { name: "Live", path: "tail", params: { signal: "spans", q: params.q }, command: command("tail", params.q) },
  ];
}
