// HTTP requests as one line, and database statements laid out.

import { bytes, count } from "../../lib/format.js";
import { html, useMemo, useState } from "../../lib/html.js";
import { looksLikeJson } from "../../lib/json.js";
import { LONGEST, formatSql, isSql } from "./sql.js";
import { first } from "./subjects.js";
import { CopyButton, Value } from "./value.js";

// What an HTTP span asked and was answered; null for other spans.
export function httpOf(attributes) {
  const method = first(attributes, "http.request.method", "http.method");
  const status = first(attributes, "http.response.status_code", "http.status_code");
  if (!method && !status) return null;
  const host = first(attributes, "server.address", "http.host", "net.peer.name", "net.host.name");
  const port = first(attributes, "server.port", "net.peer.port", "net.host.port");
  const query = first(attributes, "url.query");
  const path = first(attributes, "url.path", "http.target", "http.route");
  const scheme = first(attributes, "url.scheme", "http.scheme");
  const isUsual = !port || host.includes(":") || port === { http: "80", https: "443" }[scheme];
  const made = `${scheme && host ? `${scheme}://` : ""}${host}${isUsual || !host ? "" : `:${port}`}${path}${query && !path.includes("?") ? `?${query.replace(/^\?/, "")}` : ""}`;
  return {
    method, status, url: first(attributes, "url.full", "http.url") || made, route: first(attributes, "http.route"),
    sent: first(attributes, "http.request.body.size", "http.request_content_length"), received: first(attributes, "http.response.body.size", "http.response_content_length"),
    resent: first(attributes, "http.request.resend_count"),
  };
}

export function Http({ http }) {
  const tone = { 2: "success", 4: "warning", 5: "error" }[http.status[0]] ?? "";
  const rest = [
    http.route && !http.url.endsWith(http.route) && `route ${http.route.slice(0, 200)}`,
    http.sent && `sent ${sized(http.sent)}`, http.received && `received ${sized(http.received)}`, http.resent && `sent again ${http.resent.slice(0, 10)} times`,
  ].filter(Boolean);
  return html`<div class="http-line"><b>${http.method.slice(0, 30)}</b> ${http.status && html`<span class="chip ${tone}">${http.status.slice(0, 10)}</span>`} <span class="http-url"><${Value} text=${http.url} first=${300} lines=${3} /></span>
    ${http.url && html`<${CopyButton} text=${http.url} label="Copy the URL" said="URL copied" />`}
    ${rest.length > 0 && html`<span class="muted"><bdi>${rest.join(" · ")}</bdi></span>`}</div>`;
}

// What a database span asked; null for other spans.
export function databaseOf(attributes) {
  const text = first(attributes, "db.query.text", "db.statement");
  const system = first(attributes, "db.system.name", "db.system");
  if (!text && !system) return null;
  return {
    text, system, summary: first(attributes, "db.query.summary"), operation: first(attributes, "db.operation.name", "db.operation"),
    namespace: first(attributes, "db.namespace", "db.name", "db.redis.database_index"),
    collection: first(attributes, "db.collection.name", "db.sql.table", "db.mongodb.collection", "db.cassandra.table"),
    rows: first(attributes, "db.response.returned_rows", "db.response.affected_rows", "db.rows_affected", "db.row_count"),
    status: first(attributes, "db.response.status_code"), batch: first(attributes, "db.operation.batch.size"),
    parameters: Object.entries(attributes).filter(([key]) => key.startsWith("db.query.parameter.")).map(([key, value]) => [key.slice("db.query.parameter.".length), value]),
  };
}

// isNormalised: the text is not what was sent but what many such have in common.
export function Database({ isNormalised = false, database: { text, system, summary, operation, namespace, collection, rows, status, batch, parameters } }) {
  const [isRaw, setRaw] = useState(false);
  const mayFormat = text !== "" && text.length <= LONGEST && isSql(system, text);
  const facts = [["System", system], ["Database", namespace], ["Collection", collection], ["Operation", operation], ["Rows", grouped(rows)], ["Status", status], ["Batch of", batch]].filter(([, value]) => value);
  return html`<div class="span-database">
    <p class="inline-facts">${facts.map(([name, value]) => html`<span key=${name}><span class="muted">${name}</span> <bdi>${value.slice(0, 200)}</bdi></span>`)}</p>
    ${summary && !text && html`<p><code><bdi>${summary.slice(0, 1000)}</bdi></code></p>`}
    ${text && html`<div class="span-statement">
      ${mayFormat && !isRaw ? html`<${Sql} text=${text} />` : html`<div class="statement-text"><${Value} text=${text} first=${3000} lines=${40} json=${!isRaw && looksLikeJson(text)} /></div>`}
      <div class="statement-tools">
        ${mayFormat && !isNormalised && html`<button type="button" class="plain small" aria-pressed=${String(isRaw)} onClick=${() => setRaw(!isRaw)}>As sent</button>`}
        <${CopyButton} text=${text} label="Copy the statement" said="Statement copied" />
      </div>
    </div>`}
    ${parameters.length > 0 && html`<p class="inline-facts">${parameters.slice(0, 100).map(([name, value]) => html`<span key=${name}><span class="muted">Parameter ${name.slice(0, 50)}</span> <bdi>${value.slice(0, 200)}</bdi></span>`)}</p>`}
  </div>`;
}

function Sql({ text }) {
  const lines = useMemo(() => formatSql(text), [text]);
  return html`<pre class="sql" tabindex="0" aria-label="Statement" dir="ltr">${lines.map((pieces, at) => html`<span key=${at} class="line">${pieces.map((piece, index) => (piece.kind ? html`<span key=${index} class="sql-${piece.kind}">${piece.text}</span>` : piece.text))}${"\n"}</span>`)}</pre>`;
}

function sized(text) {
  return /^\d{1,15}$/.test(text) ? bytes(Number(text)) : text.slice(0, 30);
}

function grouped(text) {
  return /^\d{1,15}$/.test(text) ? count(text) : text;
}
