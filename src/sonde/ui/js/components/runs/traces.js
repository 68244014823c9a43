// The traces of a run, the first of them.

import { html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Card } from "../card.js";

export function RunTraces({ run, all }) {
  return html`<${Card} title="Traces" note=${run.traceCount > run.traceIds.length ? `the first ${run.traceIds.length} of ${run.traceCount}` : null} all=${all}>
    <ul class="run-traces">${run.traceIds.map((traceId) => html`<li key=${traceId}><a class="row-link" href=${traceHref(traceId)}><code>${traceId}</code></a></li>`)}</ul>
  <//>`;
}
