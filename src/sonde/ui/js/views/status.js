// What the server is, holds and refuses; and what this browser prefers.

import { problemsOf } from "../components/status/health.js";
import { Journal } from "../components/status/journal.js";
import { LINK_USE, Links } from "../components/status/links.js";
import { Preferences } from "../components/status/preferences.js";
import { Received } from "../components/status/received.js";
import { Server } from "../components/status/server.js";
import { Settings } from "../components/status/settings.js";
import { Storage } from "../components/status/storage.js";
import { Problem, Skeleton, Ticked } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { serverCodeUrl } from "../lib/links.js";
import { html, useEffect } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";

const EVERY_S = 10;

export function Status() {
  const { data, error, reload } = useQuery("status");
  useRefreshEvery(EVERY_S);
  useEffect(() => { if (data) serverCodeUrl.value = data.codeUrl ?? ""; }, [data?.codeUrl]);
  return html`
    <${PageHead} title="Status" timed=${false} refreshed data=${[{ name: "Status", path: "status", params: {}, command: "sonde doctor" }, { name: "Links", path: "links/use", params: LINK_USE, command: "sonde audit" }]} />
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${data && html`<${Warnings} problems=${problemsOf(data)} />`}
    <div class="status-page">
      <div>${data ? html`<${Server} status=${data} /><${Journal} status=${data} />` : !error && html`<div class="panel-box card"><${Skeleton} rows=${10} /></div>`}</div>
      <div>${data && html`<${Received} status=${data} /><${Links} />`}<${Preferences} /></div>
    </div>
    ${data && html`<${Storage} tables=${data.tables} />`}
    ${data?.settings?.length > 0 && html`<${Settings} settings=${data.settings} />`}`;
}

function Warnings({ problems }) {
  if (problems.length === 0) return html`<p class="all-well"><span class="success-text">✓ No problems.</span> <span class="muted">Telemetry is received and stored.</span></p>`;
  return html`<ul class="warnings" aria-label="Warnings">${problems.map((each) => html`<li key=${each.message} class=${each.isError ? "notice problem" : "notice warning"}>
    <p><b class=${each.isError ? "error-text" : "warning-text"}>${each.isError ? "Problem" : "Warning"}</b> ${each.message}</p>${each.hint && html`<p class="muted"><${Ticked} text=${each.hint} /></p>`}</li>`)}</ul>`;
}
