// Logs or events that match a search, newest first; live; one of them in whole beside the table.

import { CountsOverTime } from "../components/counts_over_time.js";
import { Facets } from "../components/facets.js";
import { Icon } from "../components/icons.js";
import { ListProblem, NothingFound } from "../components/list_notices.js";
import { LiveSwitch, NewRows, isLive } from "../components/live_switch.js";
import { ColumnPicker, chosenColumns, layout } from "../components/logs/columns.js";
import { LogContext } from "../components/logs/log_context.js";
import { LogPanel } from "../components/logs/log_panel.js";
import { LogRow } from "../components/logs/log_row.js";
import { SEVERITY_KINDS } from "../components/logs/severity.js";
import { Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { RowList } from "../components/row_list.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { count, counted } from "../lib/format.js";
import { classes, html, useEffect, useMemo, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { useAttention } from "../lib/live.js";
import { useSteady } from "../lib/memo.js";
import { usePages } from "../lib/pages.js";
import { wrapsLogs } from "../lib/prefs.js";
import { useQuery } from "../lib/query.js";
import { hrefHere, param, setParams } from "../lib/route.js";
import { useTail } from "../lib/tail.js";
import { timeRange } from "../lib/time.js";

const LIMIT = 200;
const MOST_LIVE = 1000;
const HEIGHTS = [26, 48];
const STORED_WITHIN_MS = 1000;

const LISTS = {
  logs: { path: "logs", one: "record", many: "logs", rowsOf: (page) => page.logs },
  events: { path: "events", one: "event", many: "events", rowsOf: (page) => page.events },
};

// Records that were not stored yet when they came have no id: they are told apart here alone.
const unstored = new WeakMap();
let last = 0;

function idOf(log) {
  if (log.id && !unstored.has(log)) return log.id;
  if (!unstored.has(log)) unstored.set(log, `live-${(last += 1)}`);
  return unstored.get(log);
}

export function Logs() {
  const shown = param("show") === "events" ? "events" : "logs";
  return html`<${List} key=${shown} kind=${LISTS[shown]} />`;
}

function List({ kind }) {
  const q = param("q");
  const range = timeRange();
  const live = isLive();
  const params = { q, ...range };
  const search = (wanted) => setParams({ q: wanted, context: "" });
  const [isScrolled, setScrolled] = useState(false);
  const [isPaused, setPaused] = useState(false);
  const { isHeld, watched } = useAttention();
  const holds = isHeld || isScrolled || isPaused;

  const list = usePages(kind.path, { ...params, limit: LIMIT }, { rowsOf: kind.rowsOf, id: idOf, isHeld: holds, follows: !live });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (id) => {
    list.chosen.current = id;
    setChosen(id);
  };
  const isRefused = list.error?.code === "search_syntax";
  const tail = useTail(live && !isRefused, { signal: kind.path, q }, { isHeld: holds, most: MOST_LIVE, onOpen: list.again });
  const rows = useMemo(() => (live ? joined(tail.rows, list.rows) : list.rows), [live, tail.rows, list.rows]);
  const shown = { ...list, rows, hasMore: list.hasMore && (!live || rows.length < MOST_LIVE) };
  useEffect(() => { if (!live) setPaused(false); }, [live]);

  const columns = chosenColumns();
  const widths = layout(columns);
  const isWrapped = wrapsLogs.value;
  const details = useRecord(rows);
  const context = param("context");
  const wait = list.isStale || list.isKept || isRefused;
  const isEmpty = !list.loading && !list.isStale && !list.error && rows.length === 0;
  const waiting = live ? tail.waiting : list.waiting;
  const showNew = () => {
    if (live) tail.showWaiting();
    list.showWaiting();
    const box = document.querySelector(".logs-list .virtual");
    if (box) box.scrollTop = 0;
  };
  useKeys([
    { keys: "w", does: "Wrap long lines or not", run: () => { wrapsLogs.value = !isWrapped; } },
    { keys: "c", does: "Lines before and after", run: () => (details.log?.id ? setParams({ context: details.log.id }) : false) },
    { keys: "Escape", does: "Close what is open", run: () => close(details, context) },
    ...(live ? [{ keys: "p", does: "Pause or go on", run: () => setPaused(!isPaused) }] : []),
  ]);

  const choose = useSteady((log) => {
    setCurrent(idOf(log));
    details.choose(log);
  });
  const table = html`<${RowList} list=${shown} id=${idOf} heights=${HEIGHTS} isMeasured=${isWrapped} style=${widths} columns=${["Time", "Severity", "Component", ...columns, "Body"]} watched=${watched} what=${kind.one} label=${`${kind.many}, newest first`} name="logs-list" onScrolled=${setScrolled}
    current=${current} onCurrent=${(id) => { setCurrent(id); if (details.log) details.choose(rows.find((each) => idOf(each) === id)); }}
    row=${({ row, key, ...others }) => html`<${LogRow} key=${key} id=${key} log=${row} columns=${columns} isWrapped=${isWrapped} isChosen=${details.log && idOf(details.log) === key} onChoose=${choose} ...${others} />`}>
    <${NewRows} number=${waiting} most=${MOST_LIVE} what=${kind.one} onShow=${showNew} />
  <//>`;

  return html`<div class="list-page logs-page">
    <${PageHead} title="Logs" data=${dataOf(kind, params, details.log)}>
      <${Shown} />
      <${LiveSwitch} state=${tail.state} />
      ${live && html`<button type="button" class="control" aria-pressed=${String(isPaused)} title="Hold what is new back (p)" onClick=${() => setPaused(!isPaused)}><${Icon} name=${isPaused ? "play" : "pause"} size=${14} /> ${isPaused ? "Go on" : "Pause"}</button>`}
      <${ColumnPicker} range=${range} />
      <button type="button" class="control" aria-pressed=${String(isWrapped)} title="Wrap long lines (w)" onClick=${() => { wrapsLogs.value = !isWrapped; }}><${Icon} name="wrap" size=${14} /> <span class="wide-only">Wrap</span></button>
    <//>
    <${SearchBox} signal=${kind.path} q=${q} onSearch=${search} error=${list.isStale ? null : list.error} placeholder='severity:>=warn service:checkout "card declined"' />
    <${CountsOverTime} params=${{ signal: kind.path, by: "severity", ...params }} kinds=${SEVERITY_KINDS} label=${`${kind.path === "events" ? "Events" : "Logs"} that match`} wait=${wait} isRefused=${isRefused} />
    <div class="list-columns">
      <${Facets} signal=${kind.path} q=${q} range=${range} onSearch=${search} wait=${wait} isRefused=${isRefused} />
      <section class=${classes("list-main", (details.log || details.error) && "beside")} aria-label=${kind.many}>
        ${context ? html`<${LogContext} key=${context} id=${context} columns=${columns} layout=${widths} isWrapped=${isWrapped} chosen=${details.log?.id} onChoose=${details.choose} onClose=${() => setParams({ context: "" })} />` : html`
          ${list.error && !isRefused && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
          ${isEmpty ? html`<${NothingFound} q=${q} path=${kind.path} what=${kind.many} newestOf=${(page) => kind.rowsOf(page)[0]?.at} onSearch=${search} />`
            : rows.length === 0 ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${16} height=${26} /></div>`)
            : html`${table}<p class="list-foot muted" role="status">${foot(kind, shown, live, tail, isPaused)}</p>`}`}
        ${details.log && html`<${LogPanel} log=${details.log} onClose=${() => details.choose(null)} onContext=${() => setParams({ context: details.log.id })} />`}
        ${details.error && html`<div class="log-panel log-panel-problem"><${Problem} error=${details.error} /><button type="button" onClick=${() => details.choose(null)}>Close</button></div>`}
      </section>
    </div>
  </div>`;
}

// The record whose details are shown: `log` in the URL, or one that has no id yet.
function useRecord(rows) {
  const id = param("log");
  const [own, setOwn] = useState(null);
  const found = id ? rows.find((each) => each.id === id) ?? (own?.id === id ? own : null) : null;
  const asked = useQuery(id && !found ? `logs/${encodeURIComponent(id)}` : null, {}, { refresh: false, keep: false });
  useStored(!id && own && !own.id ? own : null, (stored) => {
    // It stays the row that it is.
    unstored.set(stored, idOf(own));
    setOwn(stored);
    setParams({ log: stored.id }, { replace: true });
  });
  return {
    log: id ? found ?? (asked.isStale ? null : asked.data) : own && !own.id ? own : null,
    error: id && !found && !asked.isStale ? asked.error : null,
    choose: (log) => {
      setOwn(log);
      setParams({ log: log?.id ?? "" }, { replace: true });
    },
  };
}

// Looks for a record that came live until it is stored, and so has an address and lines before and after.
function useStored(log, onFound) {
  const params = log && { since: log.unixNs, until: String(BigInt(log.unixNs) + 1n), limit: LIMIT };
  const { data, isStale, loading, reload } = useQuery(log ? "logs" : null, params ?? {}, { refresh: false, keep: false });
  useEffect(() => {
    if (!log || !data || isStale || loading) return undefined;
    const stored = data.logs.find((each) => mark(each) === mark(log));
    if (stored) {
      onFound(stored);
      return undefined;
    }
    const timer = setTimeout(reload, STORED_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [data, isStale, loading]);
}

function close(details, context) {
  if (details.log || details.error) details.choose(null);
  else if (context) setParams({ context: "" });
  else return false;
  return true;
}

// What came live above what was found; a record may have come both ways.
function joined(came, found) {
  if (came.length === 0) return found.slice(0, MOST_LIVE);
  const known = new Set(found.slice(0, LIMIT).map(mark));
  return [...came.filter((log) => !known.has(mark(log))), ...found].slice(0, MOST_LIVE);
}

function mark(log) {
  return `${log.unixNs} ${log.spanId} ${log.service} ${log.body.length} ${log.body.slice(0, 80)}`;
}

function foot(kind, { rows, hasMore }, live, tail, isPaused) {
  const shown = `${count(rows.length)} ${rows.length === 1 ? kind.one : kind.many}`;
  if (!live) return `${shown}${hasMore ? " so far" : ""}, newest first`;
  const dropped = tail.dropped > 0 ? ` · ${counted(tail.dropped, "batch", "batches")} dropped: they came faster than this page reads` : "";
  return `${isPaused ? "Paused" : "Live"} · ${shown}${rows.length >= MOST_LIVE ? ", older ones let go" : ""}${dropped}`;
}

function Shown() {
  const isEvents = param("show") === "events";
  const to = (show) => hrefHere("/logs", { q: param("q"), show, fields: param("fields"), columns: param("columns"), live: param("live") });
  return html`<nav class="joined shown" aria-label="What is listed">
    <a class=${classes("button control", !isEvents && "current")} aria-current=${isEvents ? null : "true"} href=${to("")}>Logs</a>
    <a class=${classes("button control", isEvents && "current")} aria-current=${isEvents ? "true" : null} href=${to("events")}>Events</a>
  </nav>`;
}

function dataOf(kind, params, log) {
  return [
    { name: kind.path === "events" ? "Events" : "Logs", path: kind.path, params: { ...params, limit: LIMIT }, command: command("query", params.q, { "--type": kind.path, ...rangeOptions(params) }) },
    { name: "Live", path: "tail", isStream: true, params: { signal: kind.path, q: params.q }, command: command("tail", params.q, { "--signal": kind.path }) },
    ...(log?.id ? [{ name: "This record", path: `logs/${log.id}` }, { name: "Before and after it", path: `logs/${log.id}/context` }] : []),
    { name: "Counts over time", path: "counts", params: { signal: kind.path, by: "severity", ...params } },
    { name: "Filters", path: "facets", params: { signal: kind.path, ...params, fields: param("fields") } },
  ];
}
