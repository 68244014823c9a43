// Business objects by their ids, of any type; without a search those that were touched last.

import { Icon } from "../components/icons.js";
import { ListProblem } from "../components/list_notices.js";
import { Empty, Skeleton, Snippet } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { RowList } from "../components/row_list.js";
import { ago, clock, count, counted, fullTime, shortened } from "../lib/format.js";
import { classes, html, useEffect, useRef, useState } from "../lib/html.js";
import { command } from "../lib/command.js";
import { useKeys } from "../lib/keys.js";
import { entityHref } from "../lib/links.js";
import { useAttention } from "../lib/live.js";
import { memo } from "../lib/memo.js";
import { usePages } from "../lib/pages.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";

const LIMIT = 100;
const WAIT_MS = 150;
const COLUMNS = ["Type", "Id", "Runs", "Traces", "Touched last"];
const id = (each) => `${each.type} ${each.id}`;
const rowsOf = (page) => page.entities;

export function Entities() {
  const q = param("q");
  const type = param("type");
  const params = { q, type, limit: LIMIT };
  const { isHeld, watched } = useAttention();
  const list = usePages("entities", params, { rowsOf, id, isHeld });
  const [current, setChosen] = useState(list.chosen.current);
  const setCurrent = (chosen) => {
    list.chosen.current = chosen;
    setChosen(chosen);
  };
  const isEmpty = !list.loading && !list.isStale && !list.error && list.rows.length === 0;
  return html`<div class="list-page runs-page">
    <${PageHead} title="Entities" timed=${false} data=${[{ name: "Entities", path: "entities", params, command: command("entities", "", { "-q": q, "--type": type }) }]} />
    <${Wanted} q=${q} type=${type} />
    <section class="list-main" aria-label="entities">
      ${list.error && html`<${ListProblem} error=${list.error} retry=${list.again} />`}
      ${isEmpty ? html`<${None} q=${q} type=${type} />`
        : list.rows.length === 0 ? (!list.error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${30} /></div>`)
        : html`<${RowList} list=${list} id=${id} columns=${COLUMNS} watched=${watched} what="entity" label=${q ? "entities, exact ids first" : "entities, those touched last first"} name="entities-list" current=${current} onCurrent=${setCurrent}
              row=${({ row, key, ...others }) => html`<${EntityRow} key=${key} entity=${row} ...${others} />`} />
          <p class="list-foot muted" role="status">${q ? `${count(list.rows.length)} ${list.rows.length === 1 ? "entity begins" : "entities begin"} so${list.hasMore ? ", so far" : ""}` : `the ${counted(list.rows.length, "entity", "entities")} touched last`}</p>`}
    </section>
  </div>`;
}

function Wanted({ q, type }) {
  const [typed, setTyped] = useState(q);
  const input = useRef(null);
  const timer = useRef(0);
  const types = useQuery("entities", { limit: 1 }).data?.types ?? [];
  useEffect(() => setTyped(q), [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useKeys([{ keys: "/", does: "Search", run: () => { input.current.focus(); input.current.select(); } }]);
  const apply = (text) => {
    clearTimeout(timer.current);
    // Spaces around an id may be its own.
    const wanted = text.trim() && text;
    if (wanted !== q) setParams({ q: wanted }, { replace: true });
  };
  const onInput = (event) => {
    const text = event.target.value;
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(text), WAIT_MS);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter") apply(typed);
    if (event.key === "Escape") input.current.blur();
  };
  return html`<form class="run-filters" role="search" aria-label="Which entities" onSubmit=${(event) => event.preventDefault()}>
    <label class="entity-search"><${Icon} name="search" /><span class="visually-hidden">Id</span><input ref=${input} type="search" autocomplete="off" spellcheck="false" placeholder="An id, or how it begins: pym_123" value=${typed} onInput=${onInput} onKeyDown=${onKeyDown} /></label>
    <label><span>Type</span><select value=${type} onChange=${(event) => setParams({ type: event.target.value })}>
      <option value="">any</option>${(type && !types.includes(type) ? [...types, type] : types).map((each) => html`<option key=${each} value=${each}>${shortened(each, 60)}</option>`)}</select></label>
  </form>`;
}

const EntityRow = memo(({ entity, isCurrent, isFirst, index, style }) => {
  return html`<div role="row" aria-rowindex=${index + 2} class=${classes("row entity-row", isCurrent && "current")} data-row=${id(entity)} style=${style}>
    <span role="cell" class="state muted"><bdi class="cut">${shortened(entity.type, 60)}</bdi></span>
    <span role="cell" class="what"><a href=${entityHref(entity.type, entity.id)} tabindex=${isFirst ? "0" : "-1"}><bdi>${shortened(entity.id, 160)}</bdi></a></span>
    <span role="cell" class="number spans">${count(entity.runCount)}<i class="unit">${entity.runCount === 1 ? " run" : " runs"}</i></span>
    <span role="cell" class="number spans">${count(entity.traceCount)}<i class="unit">${entity.traceCount === 1 ? " trace" : " traces"}</i></span>
    <span role="cell" class="started nowrap" title=${fullTime(entity.lastSeen)}>${clock(entity.lastSeen)} <span class="muted">${ago(entity.lastSeen)}</span></span>
  </div>`;
});

function None({ q, type }) {
  if (q || type) return html`<${Empty} title=${q ? `No ${type ? shortened(type, 60) : "entity"} has an id that is or begins with “${shortened(q, 80)}”.` : `No ${shortened(type, 60)} is known.`}>
    <p class="muted">An id counts as it was sent, with its big and small letters. What was touched is kept for 14 days.</p>
    <div class="ways-out"><button type="button" onClick=${() => setParams({ q: "", type: "" })}>Those touched last</button></div><//>`;
  return html`<${Empty} title="No business object is known yet.">
    <p>Say in your code what it works on:</p><${Snippet} text=${'with sonde.run(job_id, job="billing"):\n    sonde.entity("payment", "pym_1")'} label="Copy the code" /><//>`;
}
