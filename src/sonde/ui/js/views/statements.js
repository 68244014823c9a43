// Statements that went to databases: which of them take the time.

import { StatementTable } from "../components/statements/statement_table.js";
import { WiderRanges } from "../components/list_notices.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { html } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const SHOWN = 100;

export function Statements() {
  const q = param("q");
  const range = timeRange();
  const asked = { q, ...range, limit: SHOWN };
  const { data, error, isStale, reload } = useQuery("statements", asked);
  const isSyntax = error?.code === "search_syntax";
  const spans = q ? `(${q}) has:db.query.text` : "has:db.query.text";
  return html`
    <${PageHead} title="Statements" data=${[
      { name: "Statements", path: "statements", params: asked, command: command("statements", q, rangeOptions(range)) },
      { name: "Their spans", path: "spans", params: { q: spans, ...range }, command: command("query", spans, rangeOptions(range)) },
    ]} />
    <${SearchBox} signal="spans" q=${q} error=${error} onSearch=${(text) => setParams({ q: text, open: "" })} placeholder="Narrow it down: service:checkout db.system.name:postgresql duration:>50ms" />
    ${error && !isSyntax && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="table-box"><${Skeleton} rows=${8} height=${32} /></div>`}
    ${data?.sampled && html`<p class="muted">So many spans match that only a sample was looked at; counts and times are scaled.</p>`}
    ${data && (data.statements.length > 0
      ? html`<${StatementTable} statements=${data.statements} question=${JSON.stringify([q, range])} isStale=${isStale} />`
      : html`<${NoStatements} q=${q} range=${range} />`)}`;
}

function NoStatements({ q, range }) {
  return html`<${Empty} title=${q ? "No statement matches." : "No statement went to a database in this time."}>
    <p class="muted">Statements come from the attribute <code>db.query.text</code> of spans. OpenTelemetry’s instrumentations of SQLAlchemy, psycopg, sqlite3, Redis and others write it; <code>sonde instrument</code> lists those for your program.</p>
    <div class="ways-out">${q && html`<button type="button" onClick=${() => setParams({ q: "" })}>Without the search</button>`}<${WiderRanges} range=${range} /></div>
  <//>`;
}
