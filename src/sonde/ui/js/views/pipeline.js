// One execution of a pipeline: layers of scripts in true time, what each changed, who blocked it and why.

import { About } from "../components/about.js";
import { Icon } from "../components/icons.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { Changes } from "../components/pipelines/changes.js";
import { PipelineStatus } from "../components/pipelines/execution_row.js";
import { Grid } from "../components/pipelines/grid.js";
import { Data, ScriptPanel } from "../components/pipelines/script_panel.js";
import { Value } from "../components/span/value.js";
import { command } from "../lib/command.js";
import { ago, clock, duration, fullTime, shortened } from "../lib/format.js";
import { classes, html } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { logsHref, pipelineHref, term, traceHref } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { go, hrefHere, param, setParams } from "../lib/route.js";
import { around } from "../lib/time.js";

const NO_TRACE_ID = { status: 404, message: "no trace has this id", hint: "a trace id is 32 hexadecimal digits" };

export function Pipeline({ parts }) {
  const traceId = parts[1];
  const path = `pipelines/${encodeURIComponent(traceId)}`;
  const asked = { spanId: param("of") };
  // Below the same address the API has other things than executions.
  const isTraceId = /^[0-9a-f]{32}$/i.test(traceId);
  const { data, error, reload } = useQuery(isTraceId ? path : null, asked);
  if (!isTraceId) return html`<${Unknown} traceId=${traceId} error=${NO_TRACE_ID} />`;
  if (!data) return html`<${Unknown} traceId=${traceId} error=${error} reload=${reload} />`;
  return html`<${Known} execution=${data} path=${path} asked=${asked} />`;
}

function Unknown({ traceId, error, reload }) {
  const isTrace = error?.status === 404 && !error.message.startsWith("no trace");
  return html`<${PageHead} title=${`Pipeline ${traceId.slice(0, 8)}`} timed=${false} refreshed=${true} />
    ${error?.status === 404
      ? html`<${Empty} title=${`${error.message}.`}><p class="muted">${error.hint}</p>
          <p>${isTrace && html`<a href=${traceHref(traceId)}>The trace</a> · `}<a href=${hrefHere("/pipelines")}>All executions</a></p><//>`
      : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${14} height=${28} />`}`;
}

function Known({ execution, path, asked }) {
  const { traceId, triggerEvent, layers, changes } = execution;
  const scripts = layers.flatMap((layer) => layer.scripts);
  const chosenId = param("script");
  const chosen = scripts.find((each) => each.spanId === chosenId);
  const choose = (spanId) => setParams({ script: spanId === chosenId ? "" : spanId }, { replace: true });
  const close = () => setParams({ script: "" }, { replace: true });
  const move = (step) => {
    if (scripts.length === 0) return false;
    const at = scripts.findIndex((each) => each.spanId === chosenId);
    const next = at < 0 ? (step > 0 ? 0 : scripts.length - 1) : Math.min(scripts.length - 1, Math.max(0, at + step));
    setParams({ script: scripts[next].spanId }, { replace: true });
    document.querySelector(`[data-script="${CSS.escape(scripts[next].spanId)}"]`)?.focus();
    return true;
  };
  useKeys([
    { keys: ["j", "ArrowDown"], does: "Next script", run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: "Previous script", run: () => move(-1) },
    { keys: "Escape", does: "Close the script, or go to the list", run: () => (chosen ? close() : go(hrefHere("/pipelines"))) },
  ]);
  const makers = makersOf(layers);
  const at = new Date(execution.startedAt).getTime();
  return html`<div class="pipeline-page">
    <${PageHead} title=${html`<span class="trace-title"><bdi class="cut">${shortened(triggerEvent, 160)}</bdi> <bdi class="muted cut">${shortened(execution.service, 100)}</bdi></span>`} tab=${triggerEvent.slice(0, 60)} timed=${false} refreshed=${true}
      data=${[{ name: "The execution", path, params: asked, command: command("pipelines show", traceId, { "--span": asked.spanId }) }]}>
      <a class="button control" href=${traceHref(traceId, { span: execution.spanId })}><${Icon} name="traces" /> <span>Trace</span></a>
      <a class="button control" href=${logsHref(term("trace", traceId), { ...around(at, 60_000 + execution.durationNs / 1e6), every: "" })}><${Icon} name="logs" /> <span>Logs</span></a>
    <//>
    <${Facts} execution=${execution} />
    <${Ended} execution=${execution} onChoose=${(spanId) => setParams({ script: spanId }, { replace: true })} />
    ${execution.truncated && html`<p class="warning-text">This trace has more spans of pipelines than are read at once; some scripts are not shown.</p>`}
    <div class=${classes("pipeline-body", chosen && "with-script")}>
      <div class="pipeline-main">
        ${scripts.length > 0 ? html`<${Grid} execution=${execution} chosen=${chosenId} onChoose=${choose} />` : html`<p class="muted">No script of it is known${execution.isOpen ? " yet" : ""}.</p>`}
        <section class="panel-box pipeline-outcome" aria-label="Context and result">
          <h2>Changes to the context</h2>
          <${HowRead} execution=${execution} />
          ${changes.length > 0 ? html`<${Changes} changes=${changes} by=${(change) => makers.get(change.path)} label="The result against the context" />`
            : html`<p class="muted">${execution.isOpen ? "It still runs." : "Its result says nothing that its context did not."}</p>`}
          <div class="context-and-result"><div><${Data} title="Context before" value=${execution.context} /></div><div><${Data} title="Result after" value=${execution.result} /></div></div>
        </section>
      </div>
      ${chosen && html`<${ScriptPanel} key=${chosen.spanId} traceId=${traceId} script=${chosen} onClose=${close} />`}
    </div>
  </div>`;
}

function Facts({ execution }) {
  const { userId, requestIp, others, traceId } = execution;
  return html`<div class="trace-facts">
    <${PipelineStatus} status=${execution.status} />
    <span title=${fullTime(execution.startedAt)}>${clock(execution.startedAt)} <span class="muted">${ago(execution.startedAt)}</span></span>
    <b>${execution.isOpen ? "running" : duration(execution.durationNs)}</b>
    <a class="chip" href=${hrefHere("/pipelines", { trigger: execution.triggerEvent, since: "7d" })} title="Executions of this trigger"><span>trigger</span> <bdi class="cut">${shortened(execution.triggerEvent, 100)}</bdi></a>
    ${userId && html`<a class="chip" href=${hrefHere("/pipelines", { user: userId, since: "7d" })} title="Executions for this user"><span>user</span> <bdi class="cut">${shortened(userId, 100)}</bdi></a>`}
    ${requestIp && html`<a class="chip" href=${hrefHere("/pipelines", { ip: requestIp, since: "7d" })} title="Executions from this address"><span>from</span> <bdi class="cut">${shortened(requestIp, 100)}</bdi></a>`}
    <${BelongsTo} execution=${execution} />
    ${others.slice(0, 10).map((each) => html`<a key=${each.spanId} class="chip" href=${pipelineHref(traceId, { of: each.spanId })} title=${`Another execution in this trace, ${each.status.slice(0, 40)}`}><span>also</span> <bdi class="cut">${shortened(each.triggerEvent, 60)}</bdi></a>`)}
    ${others.length > 10 && html`<span class="muted">and ${others.length - 10} more in this trace</span>`}
  </div>`;
}

// What it ran for, and touched.
function BelongsTo({ execution }) {
  const { runIds, orchestrationId, sessionId, conversationIds, entities } = execution;
  const about = { conversationIds, orchestrationIds: known(orchestrationId), pipelines: [], sessionIds: known(sessionId) };
  return html`<${About} about=${about} runIds=${runIds} entities=${entities} />`;
}

function known(id) {
  return id ? [id] : [];
}

// Who blocked it and why, or what went wrong.
function Ended({ execution, onChoose }) {
  const { blockedBy, status, statusMessage } = execution;
  if (blockedBy && status === "blocked") {
    return html`<div class="notice pipeline-ended blocked" role="note"><p>Blocked by ${blockedBy.spanId
      ? html`<button type="button" class="plain blocker" onClick=${() => onChoose(blockedBy.spanId)}><b><bdi>${shortened(blockedBy.name, 120)}</bdi></b></button> in layer ${blockedBy.layerIndex}`
      : "the engine"}: <${Value} text=${blockedBy.reason || "it does not say why"} /></p></div>`;
  }
  if (status === "error") return html`<div class="notice pipeline-ended error" role="note"><p><b>Failed:</b> <${Value} text=${statusMessage || "it does not say why"} /></p></div>`;
  return null;
}

// What it means that the result does not name a value of the context.
function HowRead({ execution: { context, result, resultIsWhole } }) {
  if (!isFilled(context) || !isFilled(result)) return null;
  return html`<p class="muted how-read">${resultIsWhole
    ? "The result has at least half of the context unchanged, so it is read as the whole context: what it no longer has was removed."
    : "The result is read as what the scripts left: what it does not name stays as it was in the context."}</p>`;
}

function isFilled(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;
}

// By whom each value of the result was last changed.
function makersOf(layers) {
  const makers = new Map();
  for (const layer of layers) for (const script of layer.scripts) for (const { path } of script.changes) makers.set(path, script.name);
  return makers;
}
