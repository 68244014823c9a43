// Single calls that stand out: slow, failing, cut off, expensive.

import { ago, count, dollars, duration, fullTime, shortened } from "../../lib/format.js";
import { classes, html, useRef } from "../../lib/html.js";
import { sessionHref, traceHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Card } from "../card.js";
import { Problem, Skeleton } from "../notices.js";
import { useRowKeys } from "../row_keys.js";

const SORTS = { expensive: "Expensive", slow: "Slow", failing: "Failing", truncated: "Cut off", newest: "Newest" };
const NONE = { failing: "No call failed in this time.", truncated: "No call was cut off for want of tokens." };
const SHOWN = 20;

export function AiCalls({ q, range }) {
  const sort = Object.hasOwn(SORTS, param("calls")) ? param("calls") : "expensive";
  const { data, error, isStale, reload } = useQuery("ai/calls", { sort, q, ...range, limit: SHOWN });
  const body = useRef(null);
  useRowKeys(body, "call");
  return html`<${Card} title="Calls" note=${html`<span role="group" aria-label="Which calls">${Object.entries(SORTS).map(([name, label]) => html`<button key=${name} type="button" class="plain small" aria-pressed=${String(name === sort)} onClick=${() => setParams({ calls: name === "expensive" ? "" : name }, { replace: true })}>${label}</button>`)}</span>`}>
    ${error ? html`<${Problem} error=${error} retry=${reload} />`
      : !data ? html`<${Skeleton} rows=${6} />`
      : data.calls.length === 0 ? html`<p class="muted calm">${NONE[sort] ?? "No call in this time."}</p>`
      : html`<ul class=${classes("ai-calls", isStale && "stale")} ref=${body}>${data.calls.map((each) => html`<${Call} key=${`${each.traceId}${each.spanId}`} call=${each} />`)}</ul>`}
  <//>`;
}

function Call({ call }) {
  const failed = call.status === "error";
  return html`<li>
    <a class="row-link" href=${traceHref(call.traceId, { span: call.spanId })} title=${fullTime(call.startedAt)}><bdi class="cut">${shortened(call.model || call.operation, 80) || "call"}</bdi></a>
    <span class="call-facts"><b>${dollars(call.costUsd)}</b> <span>${duration(call.durationNs)}</span> <span class="muted">${count(call.inputTokens)} in, ${count(call.outputTokens)} out</span> <span class="muted">${ago(call.startedAt)}</span>
      ${failed && html`<span class="chip error"><bdi>${shortened(call.errorType || "failed", 60)}</bdi></span>`}
      ${call.truncated && html`<span class="chip warning">cut off</span>`}
      ${call.sessionId && html`<a href=${sessionHref(call.sessionId)}>conversation</a>`}</span>
    ${failed && call.message && html`<bdi class="muted cut">${shortened(call.message, 200)}</bdi>`}
  </li>`;
}
