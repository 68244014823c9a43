// One run: its attempts in true time, what it did and touched, what it logged, and the last good run beside it.

import { About } from "../components/about.js";
import { Icon } from "../components/icons.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { RunEntities } from "../components/runs/entities.js";
import { RunLogs } from "../components/runs/logs.js";
import { RunOperations } from "../components/runs/operations.js";
import { RunStatus } from "../components/runs/run_row.js";
import { RunTraces } from "../components/runs/traces.js";
import { Bands } from "../components/runs/bands.js";
import { useRowKeys } from "../components/row_keys.js";
import { idInPath } from "../lib/api.js";
import { command } from "../lib/command.js";
import { ago, clock, counted, duration, fullTime, shortened } from "../lib/format.js";
import { classes, html, useRef } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { isHarmless, logsHref, runHref, term, tracesHref } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";
import { go, hrefHere } from "../lib/route.js";

const EVERY_S_WHILE_RUNNING = 2;
const EVERY_S = 10;

export function Run({ parts }) {
  const runId = parts.slice(1).join("/");
  const path = `runs/${idInPath(runId)}`;
  const { data, error, reload } = useQuery(path);
  useRefreshEvery(!data || data.status === "running" ? EVERY_S_WHILE_RUNNING : EVERY_S);
  useKeys([{ keys: "Escape", does: "All runs", run: () => go(hrefHere("/runs")) }]);
  if (data) return html`<${Known} run=${data} path=${path} />`;
  return html`<${PageHead} title=${html`Run <bdi>${shortened(runId, 80)}</bdi>`} tab=${`Run ${runId.slice(0, 40)}`} timed=${false} />
    ${error?.status === 404
      ? html`<${Empty} title=${`${error.message}.`}><p class="muted">${error.hint}</p><p><a href=${logsHref(term("run", runId), { since: "7d" })}>Logs that bear its id</a> · <a href=${hrefHere("/runs")}>All runs</a></p><//>`
      : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${14} height=${28} />`}`;
}

function Known({ run, path }) {
  const body = useRef(null);
  useRowKeys(body, "link");
  const { runId, job, status, message } = run;
  // A minute around it, for what was written a little before or after.
  const from = Number(BigInt(run.startUnixNs) / 1_000_000n);
  const span = { since: String(Math.floor(from - 60_000)), until: run.endedAt ? String(Math.ceil(from + run.durationMs + 60_000)) : "", every: "" };
  const own = term("run", runId);
  return html`<div class="run-page" ref=${body}>
    <${PageHead} title=${html`<span class="run-title"><bdi class="cut">${shortened(job || "Run", 120)}</bdi> <bdi class="muted cut" title=${shortened(runId, 600)}>${shortened(runId, 120)}</bdi></span>`} tab=${`${job || "Run"} ${runId}`.slice(0, 60)} timed=${false} refreshed=${true} data=${[
      { name: "The run", path, command: command("runs show", runId) },
      { name: "Its spans", path: "spans", params: { q: own, since: span.since }, command: command("query", own, { "--since": new Date(from - 60_000).toISOString() }) },
      { name: "Its logs", path: "logs", params: { q: own, since: span.since } },
    ]}>
      ${/^https?:/i.test(run.url) && isHarmless(run.url) && html`<a class="button control" href=${run.url} target="_blank" rel="noopener noreferrer" title=${shortened(run.url, 600)}><${Icon} name="outside" /> <span>In the job system</span></a>`}
      <a class="button control" href=${tracesHref(own, span)}><${Icon} name="traces" /> <span>${counted(run.traceCount, "trace")}</span></a>
      <a class="button control" href=${logsHref(own, span)}><${Icon} name="logs" /> <span>Logs</span></a>
    <//>
    <div class="run-facts">
      <${RunStatus} status=${status} />
      <span title=${fullTime(run.startedAt)}>${clock(run.startedAt)} <span class="muted">${ago(run.startedAt)}</span></span>
      ${status === "running" ? html`<b>running</b>` : run.spanCount > 0 && html`<b title="From the first start to the last end">${duration(run.durationNs)}</b>`}
      ${run.spanCount > 0 && html`<${AgainstGood} run=${run} /><span>${counted(run.attempts, "attempt")}</span>`}
      <span>${counted(run.spanCount, "span")}</span>
      ${run.errorCount > 0 && html`<a class="error-text" href=${tracesHref(`${own} status:error`, span)}>${run.errorCount} failed</a>`}
      <${About} about=${run.about} />
      <span class="muted"><bdi class="cut">${run.services.map((name) => shortened(name, 60)).slice(0, 6).join(", ")}</bdi></span>
    </div>
    ${message && html`<p class=${classes("notice run-message", status)}><bdi>${shortened(message, 1000)}</bdi></p>`}
    ${run.spanCount === 0 && html`<p class="notice">No span of this run is stored: links, logs and events name it, and nothing says how it went. A span is there once it has ended, or from its start with <code>sonde.run(…, open=True)</code>.</p>`}
    ${run.spanCount > 0 && html`<${Bands} run=${run} />`}
    <div class="run-columns">
      ${run.spanCount > 0 && html`<${RunOperations} run=${run} span=${span} />`}
      <div class="run-side">
        <${RunEntities} run=${run} />
        <${RunTraces} run=${run} all=${tracesHref(own, span)} />
        <${RunLogs} q=${own} span=${span} />
      </div>
    </div>
  </div>`;
}

function AgainstGood({ run }) {
  const good = run.lastGood;
  if (!good) return html`<span class="muted">${run.job ? "no good run of this job before it" : "without a job there is nothing to compare with"}</span>`;
  const [now, then] = run.comparison.durationMs;
  const times = then > 0 ? now / then : 1;
  const words = times >= 1.05 ? (times >= 2 ? `${times.toFixed(1)} times as long as` : `${Math.round((times - 1) * 100)} % longer than`) : times <= 0.95 ? `${Math.round((1 - times) * 100)} % shorter than` : "as long as";
  return html`<span class="muted">${run.status === "running" ? "compared with" : words} the <a href=${runHref(good.runId)} title=${shortened(good.runId, 600)}>last good run</a> (${duration(good.durationNs)}, ${ago(good.startedAt)})</span>`;
}
