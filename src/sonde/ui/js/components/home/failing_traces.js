// The traces that failed last.

import { ago, counted, duration, fullTime } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { traceHref, tracesHref } from "../../lib/links.js";
import { Problem, Skeleton } from "../notices.js";
import { ComponentName, DataText } from "../name.js";
import { Card } from "../card.js";

export function FailingTraces({ answer }) {
  const { data, error, reload } = answer;
  return html`<${Card} title="Newest failed traces" all=${tracesHref("status:error")}>
    ${data ? html`<${Rows} traces=${data.traces} />` : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${5} />`}
  <//>`;
}

function Rows({ traces }) {
  if (traces.length === 0) return html`<p class="muted calm">None in this time.</p>`;
  return html`<ul class="card-rows">${traces.map((trace) => html`<li key=${trace.traceId}><a class="card-row row-link" href=${traceHref(trace.traceId)}>
    <span class="what"><${ComponentName} name=${trace.rootService} /><${DataText} text=${trace.rootOperation} otherwise="(no root yet)" /></span>
    <span class="error-text nowrap figure-end">${counted(trace.errorCount, "error")}</span>
    <span class="nowrap figure-end">${duration(trace.durationNs)}</span>
    <span class="muted nowrap when" title=${fullTime(trace.startedAt)}>${ago(trace.startedAt)}</span></a></li>`)}</ul>`;
}
