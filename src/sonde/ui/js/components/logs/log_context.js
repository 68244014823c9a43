// The lines that one process wrote before and after a record, oldest first as in its own log.

import { counted } from "../../lib/format.js";
import { classes, html, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { ListProblem } from "../list_notices.js";
import { Skeleton } from "../notices.js";
import { LogRow } from "./log_row.js";

const STEP = 20;
const MOST = 500;

// id: of the record in the middle. chosen: the id of the one whose details are shown.
export function LogContext({ id, columns, layout, isWrapped, chosen, onChoose, onClose }) {
  const [before, setBefore] = useState(STEP);
  const [after, setAfter] = useState(STEP);
  const { data, error, reload, loading } = useQuery(`logs/${encodeURIComponent(id)}/context`, { before, after }, { refresh: false });
  const box = useRef(null);
  const held = useRef(null);

  // What was asked for above pushes the lines down: they stay where they were.
  useLayoutEffect(() => {
    if (!data) return;
    const element = box.current;
    if (held.current === null) element.querySelector("[data-anchor]")?.scrollIntoView({ block: "center" });
    else element.scrollTop += element.scrollHeight - held.current;
    held.current = null;
  }, [data?.before.length, Boolean(data)]);

  const moreBefore = () => {
    held.current = box.current.scrollHeight;
    setBefore(before + STEP);
  };
  const lines = data ? [...data.before, data.at, ...data.after] : [];
  const more = (number, wanted, where, run) => html`<div class="context-more" role="row"><span role="cell">${number < wanted
    ? html`<span class="muted">${where === "before" ? "Nothing was written before." : "Nothing was written after, so far."}</span>`
    : wanted < MOST && html`<button type="button" disabled=${loading} onClick=${run}>${STEP} more ${where}</button>`}</span></div>`;
  return html`<div class="log-context">
    <p class="context-head"><b>Before and after</b> <span class="muted">${data ? `${counted(lines.length, "line")} of the same process, oldest first` : ""}</span>
      <button type="button" onClick=${onClose}>Back to the search</button></p>
    ${error && html`<${ListProblem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="panel-box list-skeleton"><${Skeleton} rows=${14} height=${26} /></div>`}
    ${data && html`<div ref=${box} class=${classes("row-list logs-list context-lines", isWrapped && "wrapping")} role="table" aria-label="Lines before and after, oldest first" tabindex="0" style=${layout}>
      ${more(data.before.length, before, "before", moreBefore)}
      ${lines.map((log, index) => html`<${LogRow} key=${log.id} id=${log.id} log=${log} index=${index} columns=${columns} isWrapped=${isWrapped} isFirst isChosen=${log.id === chosen} isCurrent=${log.id === id} extra=${{ "data-anchor": log.id === id ? "" : undefined }} onChoose=${onChoose} />`)}
      ${more(data.after.length, after, "after", () => setAfter(after + STEP))}
    </div>`}
  </div>`;
}
