// What a run logged last; each line leads to the whole record.

import { clock, fullTime, shortened } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { logsHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { Card } from "../card.js";
import { Severity } from "../logs/severity.js";
import { Problem, Skeleton } from "../notices.js";

const SHOWN = 12;

// q: the search for the run. span: its range of time.
export function RunLogs({ q, span }) {
  const { data, error, reload } = useQuery("logs", { q, since: span.since, until: span.until, limit: SHOWN });
  return html`<${Card} title="Newest logs and events" all=${logsHref(q, span)}>
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Skeleton} rows=${4} />`}
    ${data && (data.logs.length === 0
      ? html`<p class="muted calm">It logged nothing.</p>`
      : html`<ul class="run-logs">${data.logs.map((log) => html`<li key=${log.id}><a class="row-link" href=${logsHref(q, { ...span, log: log.id })}><span class="muted nowrap" title=${fullTime(log.at)}>${clock(log.at).slice(-12)}</span> <${Severity} log=${log} /> <${Said} log=${log} /></a></li>`)}</ul>`)}
  <//>`;
}

// The name of an event, and what it says besides.
function Said({ log }) {
  const { eventName, body } = log;
  return html`<span class="cut" title=${shortened(body, 600)}>${eventName && html`<bdi>${shortened(eventName, 100)}</bdi>`}${body && body !== eventName && html` <bdi class=${eventName ? "muted" : ""}>${shortened(body, 300)}</bdi>`}</span>`;
}
