// Which columns the table of logs has: time, severity, component and body always; between them what a person chose,
// kept in the URL and as their preference.

import { bounds } from "../../lib/time.js";
import { dateTime, shortened } from "../../lib/format.js";
import { html, useId, useState } from "../../lib/html.js";
import { logColumns } from "../../lib/prefs.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";
import { Popover } from "../popover.js";

const FIXED = ["time", "severity", "component", "body"];
const MOST = 12;

// Fields that are no attribute, by their names in a search.
const FIELDS = {
  service: (log) => log.service,
  component: (log) => log.component,
  event: (log) => log.eventName,
  severity: (log) => log.severity,
  status: (log) => log.status,
  scope: (log) => log.scope.name,
  trace: (log) => log.traceId,
  span: (log) => log.spanId,
  run: (log) => log.runId,
  orchestration: (log) => log.orchestrationId,
  correlation: (log) => log.correlationId,
  session: (log) => log.sessionId,
  trigger: (log) => log.triggerEvent,
};

export function valueOf(log, column) {
  const field = FIELDS[column];
  if (field) return field(log);
  if (column.startsWith("resource.") && !(column in log.attributes)) return log.resource[column.slice(9)] ?? log.resource[column] ?? "";
  return log.attributes[column] ?? log.resource[column] ?? "";
}

// What stands between component and body.
export function chosenColumns() {
  const inUrl = param("columns");
  const names = inUrl ? inUrl.split(",") : logColumns.value;
  return [...new Set(names.map((each) => String(each).trim()))].filter((each) => each && !FIXED.includes(each)).slice(0, MOST);
}

export function setColumns(names) {
  logColumns.value = names;
  setParams({ columns: names.join(",") }, { replace: true });
}

export function hasColumn(name) {
  return chosenColumns().includes(name);
}

// Whether it may be chosen: what stands there always may not.
export function canBeColumn(name) {
  return !FIXED.includes(name) && !name.includes(",");
}

export function toggleColumn(name) {
  const now = chosenColumns();
  setColumns(now.includes(name) ? now.filter((each) => each !== name) : [...now, name]);
}

// The widths of the columns, for the rows' grid: two properties of CSS.
export function layout(columns) {
  // Times of another day have their date with them.
  const isToday = dateTime(bounds().fromMs).slice(0, 10) === dateTime(Date.now()).slice(0, 10);
  const time = isToday ? 98 : 176;
  return {
    "--log-time": `${time}px`,
    "--log-columns": `${time}px 62px 116px ${columns.map(() => "minmax(80px, 130px) ").join("")}minmax(200px, 1fr)`,
    "--log-width": `${time + 62 + 116 + columns.length * 140 + 260}px`,
  };
}

export function ColumnPicker({ range }) {
  const columns = chosenColumns();
  return html`<${Popover} name="column-picker" align="left" title="Columns" label=${html`<${Icon} name="columns" /> <span class="wide-only">Columns</span>${columns.length > 0 && html` <span class="muted">${columns.length}</span>`}`}>
    ${() => html`<${Choices} columns=${columns} range=${range} />`}
  <//>`;
}

function Choices({ columns, range }) {
  const [typed, setTyped] = useState("");
  const list = useId();
  const keys = useQuery("attributes/keys", { signal: "logs", ...range, limit: 300 }, { refresh: false });
  const move = (at, step) => {
    const next = [...columns];
    [next[at], next[at + step]] = [next[at + step], next[at]];
    setColumns(next);
  };
  const add = (event) => {
    event.preventDefault();
    const name = typed.trim();
    if (!name || name.includes(",")) return;
    setTyped("");
    setColumns([...columns.filter((each) => each !== name), name].slice(0, MOST));
  };
  const offered = [...Object.keys(FIELDS), ...(keys.data?.keys ?? []).map((each) => each.value)].filter((each) => !FIXED.includes(each) && !columns.includes(each));
  return html`<div class="column-choices">
    <p class="muted">Time, severity, component and body stand always. Between them:</p>
    <ol>${columns.map((name, at) => html`<li key=${name}>
      <bdi class="cut">${shortened(name, 80)}</bdi>
      <button type="button" class="plain" aria-label=${`Move ${shortened(name, 80)} to the left`} title="To the left" disabled=${at === 0} onClick=${() => move(at, -1)}><${Icon} name="left" size=${13} /></button>
      <button type="button" class="plain" aria-label=${`Move ${shortened(name, 80)} to the right`} title="To the right" disabled=${at === columns.length - 1} onClick=${() => move(at, 1)}><${Icon} name="chevron" size=${13} /></button>
      <button type="button" class="plain" aria-label=${`Remove the column ${shortened(name, 80)}`} title="Remove" onClick=${() => toggleColumn(name)}><${Icon} name="close" size=${13} /></button>
    </li>`)}</ol>
    <form onSubmit=${add}>
      <input type="text" list=${list} aria-label="Add a column" placeholder="A field or attribute" autocomplete="off" spellcheck="false" value=${typed} onInput=${(event) => setTyped(event.target.value)} />
      <datalist id=${list}>${offered.map((each) => html`<option key=${each} value=${each}></option>`)}</datalist>
      <button class="primary" disabled=${!typed.trim()}>Add</button>
    </form>
  </div>`;
}
