// Everything that happened to one business object: the runs and traces that touched it, and what each did to it.

import { EntityEntry, EntityOutcome, entryId } from "../components/entities/entry.js";
import { Others } from "../components/entities/others.js";
import { Icon } from "../components/icons.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { useRowKeys } from "../components/row_keys.js";
import { get, idInPath } from "../lib/api.js";
import { command } from "../lib/command.js";
import { ago, clock, count, counted, fullTime, shortened } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { entitiesHref, entitySearch, isHarmless, logsHref, runHref, tracesHref } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";
import { go, param, setParams } from "../lib/route.js";
import { RANGES } from "../lib/time.js";

const LIMIT = 20;
const EVERY_S = 10;
const WITHIN = ["24h", "7d", "30d"];
const LONGEST = "30d";

export function Entity({ parts }) {
  const [, type, ...rest] = parts;
  const id = rest.join("/");
  useEffect(() => { if (!id) go(entitiesHref({ type }), { replace: true }); }, [id]);
  return id && html`<${OfId} key=${`${type} ${id}`} type=${type} id=${id} />`;
}

function OfId({ type, id }) {
  const within = WITHIN.includes(param("within")) ? param("within") : LONGEST;
  const path = `entities/${idInPath(type)}/${idInPath(id)}`;
  const params = { since: within, limit: LIMIT };
  const { data, error, reload } = useQuery(path, params, { keep: false });
  useRefreshEvery(EVERY_S);
  useKeys([{ keys: "Escape", does: "All entities", run: () => go(entitiesHref()) }]);
  const heading = html`<span class="run-title"><bdi class="muted cut">${shortened(type, 60)}</bdi> <bdi class="cut">${shortened(id, 120)}</bdi></span>`;
  const head = (extra) => html`<${PageHead} title=${heading} tab=${`${type} ${id}`.slice(0, 60)} timed=${false} refreshed=${true} data=${[
    { name: "What happened to it", path, params, command: command("entities show", [type, id], { "--since": within === LONGEST ? "" : within }) },
    { name: "Its runs", path: "links/history", params: { type, id }, command: command("link history", [type, id]) },
  ]}>${extra}<//>`;
  if (error && !data) return html`${head()}${error.status === 404 ? html`<${Unknown} id=${id} error=${error} />` : html`<${Problem} error=${error} retry=${reload} />`}`;
  if (!data) return html`${head()}<${Skeleton} rows=${14} height=${28} />`;
  return html`<div class="run-page entity-page">
    ${head(html`<${Ways} type=${type} id=${id} data=${data} within=${within} />`)}
    <${Facts} data=${data} />
    <${Story} key=${`${path} ${within}`} data=${data} path=${path} params=${params} within=${within} />
  </div>`;
}

function Unknown({ id, error }) {
  return html`<${Empty} title=${`${error.message}.`}><p class="muted">${error.hint}</p>
    <p><a href=${entitiesHref({ q: id.slice(0, 200) })}>Look for ids like it</a> · <a href=${entitiesHref()}>All entities</a></p><//>`;
}

function Ways({ type, id, data, within }) {
  const url = data.link?.runUrl || "";
  const q = entitySearch(type, id);
  const range = { since: within, until: "", every: "" };
  return html`${/^https?:/i.test(url) && isHarmless(url) && html`<a class="button control" href=${url} target="_blank" rel="noopener noreferrer" title=${shortened(url, 600)}><${Icon} name="outside" /> <span>In the job system</span></a>`}
    <a class="button control" href=${tracesHref(q, range)} title="Traces with a span that names it"><${Icon} name="traces" /> <span>Traces</span></a>
    <a class="button control" href=${logsHref(q, range)} title="Logs and events that name it"><${Icon} name="logs" /> <span>Logs</span></a>`;
}

function Facts({ data }) {
  const { link, status, lastSeen, firstSeen, runCount, traceCount } = data;
  const entry = data.entries.find((each) => each.run && each.runId === link?.runId);
  const newest = entry?.run;
  return html`<div class="run-facts">
    ${entry && html`<${EntityOutcome} entry=${entry} />`}
    ${link && html`<span>touched last by <a href=${runHref(link.runId)}>${newest?.job && html`<bdi>${shortened(newest.job, 60)}</bdi> `}<bdi>${shortened(link.runId, 80)}</bdi></a></span>`}
    ${lastSeen && html`<span title=${fullTime(lastSeen)}>${clock(lastSeen)} <span class="muted">${ago(lastSeen)}</span></span>`}
    ${firstSeen && firstSeen !== lastSeen && html`<span class="muted" title=${fullTime(firstSeen)}>first ${ago(firstSeen)}</span>`}
    <span>${counted(runCount, "run")}</span>
    <span>${counted(traceCount, "trace")}</span>
    ${status === "unlinked" && html`<span class="muted">no run has touched it</span>`}
  </div>
  ${status === "expired" && html`<p class="notice">The last run touched it ${ago(lastSeen)}: too long ago for a link, and what it recorded may be gone.</p>`}`;
}

function Story({ data, path, params, within }) {
  const body = useRef(null);
  useRowKeys(body, "link");
  const { older, error, more } = useOlder(path, params, data.nextCursor);
  const newest = new Set(data.entries.map(entryId));
  const entries = [...data.entries, ...older.entries.filter((each) => !newest.has(entryId(each)))];
  return html`<div class="run-columns" ref=${body}>
    <section class="entity-story" aria-label="What happened to it">
      <${Within} within=${within} />
      ${entries.length === 0 && html`<${Empty} title=${`Nothing happened to it in the last ${RANGES[within]}.`}>
        ${data.lastSeen && html`<p class="muted">It was touched last ${ago(data.lastSeen)}, on ${fullTime(data.lastSeen)}.</p>`}<//>`}
      <ol>${entries.map((each) => html`<${EntityEntry} key=${entryId(each)} entry=${each} />`)}</ol>
      ${error && html`<${Problem} error=${error} retry=${more} />`}
      ${older.cursor && !error && html`<button type="button" class="row-link" onClick=${more} disabled=${older.isLoading}>${older.isLoading ? "Loading …" : "Older"}</button>`}
      ${entries.length > 0 && html`<p class="list-foot muted" role="status">${count(entries.length)} ${entries.length === 1 ? "entry" : "entries"}${older.cursor ? " so far" : ""}, newest first</p>`}
    </section>
    <div class="run-side"><${Others} others=${data.others} /></div>
  </div>`;
}

function Within({ within }) {
  return html`<nav class="joined shown" aria-label="How far back">${WITHIN.map((each) => html`<button key=${each} type="button" class=${each === within ? "current" : ""} aria-pressed=${String(each === within)} onClick=${() => setParams({ within: each === LONGEST ? "" : each })}>${RANGES[each]}</button>`)}</nav>`;
}

// What lies before the first page, as far as it was asked for.
function useOlder(path, params, cursor) {
  const [older, setOlder] = useState({ entries: [], cursor, isLoading: false, isBegun: false });
  const [error, setError] = useState(null);
  const calls = useRef(null);
  useEffect(() => { if (!older.isBegun) setOlder((before) => ({ ...before, cursor })); }, [cursor]);
  useEffect(() => () => calls.current?.abort(), []);
  const more = () => {
    calls.current?.abort();
    calls.current = new AbortController();
    setError(null);
    setOlder((before) => ({ ...before, isLoading: true, isBegun: true }));
    get(path, { ...params, cursor: older.cursor }, calls.current.signal).then(
      (page) => setOlder((before) => ({ ...before, entries: [...before.entries, ...page.entries], cursor: page.nextCursor, isLoading: false })),
      (failure) => {
        if (failure.name === "AbortError") return;
        setError(failure);
        setOlder((before) => ({ ...before, isLoading: false }));
      },
    );
  };
  return { older, error, more };
}
