// AI calls: tokens and cost by what one asks for, over time, the calls that stand out, and the last sessions.

import { AiCalls } from "../components/ai/calls.js";
import { AiOverTime } from "../components/ai/over_time.js";
import { AiSessions } from "../components/ai/sessions.js";
import { UsageTable } from "../components/ai/usage_table.js";
import { Card } from "../components/card.js";
import { WiderRanges } from "../components/list_notices.js";
import { Empty, Problem, Skeleton, Snippet } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { count, counted, dollars, percent, shortened } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";
import { timeRange } from "../lib/time.js";

const DIMENSIONS = ["model", "provider", "operation", "session", "user", "entity", "component", "day"];
const SHOWN = 100;

export function Ai() {
  const q = param("q");
  const range = timeRange();
  const by = DIMENSIONS.includes(param("by")) ? param("by") : "model";
  const asked = { by, q, ...range, limit: SHOWN };
  const { data, error, isStale, reload } = useQuery("ai/usage", asked);
  const options = { "-q": q, ...rangeOptions(range) };
  const isEmpty = data && !isStale && data.total.calls === 0;
  return html`<div class="ai-page">
    <${PageHead} title="AI" data=${[
      { name: "Usage", path: "ai/usage", params: asked, command: command("ai", "", { "--by": by, ...options }) },
      { name: "Sessions", path: "ai/sessions", params: { q, ...range }, command: command("ai sessions", "", options) },
    ]} />
    <${SearchBox} signal="spans" q=${q} error=${error} onSearch=${(text) => setParams({ q: text })} placeholder="Narrow it down: service:support user.id:usr_7 duration:>5s" />
    ${error && error.code !== "search_syntax" && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<div class="table-box"><${Skeleton} rows=${8} height=${32} /></div>`}
    ${isEmpty && html`<${NoCalls} q=${q} range=${range} />`}
    ${data && !isEmpty && html`
      <${Totals} usage=${data} />
      <${AiOverTime} q=${q} range=${range} />
      <div class="by-what" role="group" aria-label="Usage by">${DIMENSIONS.map((each) => html`<button key=${each} type="button" class="control" aria-pressed=${String(each === by)} onClick=${() => setParams({ by: each === "model" ? "" : each, sort: "" })}>${each}</button>`)}</div>
      <${UsageTable} usage=${data} by=${data.by} question=${JSON.stringify([q, range, by])} isStale=${isStale} />
      ${data.rowCount > data.rows.length && html`<p class="muted">The first ${data.rows.length} of ${count(data.rowCount)}.</p>`}
      ${by === "entity" && html`<p class="muted">A call stands at each entity that its run, or without a run its trace, touched; so rows add up to more than all.</p>`}
      <${UnknownModels} usage=${data} />
      <div class="ai-columns"><${AiCalls} q=${q} range=${range} /><${AiSessions} q=${q} range=${range} /></div>`}
  </div>`;
}

function Totals({ usage: { total, prices, cut, exact } }) {
  return html`<p class="ai-totals">
    <span><b>${dollars(total.costUsd)}</b></span>
    <span><b>${count(total.calls)}</b> ${total.calls === 1 ? "call" : "calls"}</span>
    ${total.errors > 0 && html`<span class="error-text"><b>${count(total.errors)}</b> failed</span>`}
    <span><b>${count(total.inputTokens)}</b> tokens in${total.cachedTokens > 0 ? `, ${percent(total.cachedTokens / total.inputTokens)} of them cached` : ""}</span>
    <span><b>${count(total.outputTokens)}</b> out${total.reasoningTokens > 0 ? `, ${count(total.reasoningTokens)} for reasoning` : ""}</span>
    ${total.unpricedCalls > 0 && html`<span class="warning-text">${counted(total.unpricedCalls, "call")} without a price</span>`}
    <span class="muted">Prices of ${prices.package} ${prices.version}, the newest of ${prices.date}</span>
    ${cut && html`<span class="muted">Too many values: small ones are left out. Narrow the search or the time.</span>`}
    ${!exact && html`<span class="muted">Spans that came twice may count twice for a while.</span>`}
  </p>`;
}

function UnknownModels({ usage: { unknownModels } }) {
  if (unknownModels.length === 0) return null;
  return html`<${Card} title="Models without a price" note="Nothing is guessed: what they cost is not in the sums, but where the calls say it themselves.">
    <ul class="unknown-models">${unknownModels.map((each) => html`<li key=${`${each.provider} ${each.model}`}><span class="chip"><bdi>${shortened(each.provider, 60) || "no provider"}</bdi></span> <bdi class="cut">${shortened(each.model, 120) || "(no model)"}</bdi> <span class="muted">${counted(each.calls, "call")}, ${count(each.inputTokens)} tokens in, ${count(each.outputTokens)} out</span></li>`)}</ul>
  <//>`;
}

function NoCalls({ q, range }) {
  return html`<${Empty} title=${q ? "No AI call matches in this time." : "No AI call was made in this time."}>
    ${!q && html`<p>Clients with an instrumentation are seen by themselves (<code>sonde instrument</code> lists them). For any other:</p>
      <${Snippet} text=${'with sonde.ai_call("mistral_ai", "mistral-small-latest", user_id="usr_7") as call:\n    call.usage(input_tokens=12, output_tokens=11)'} label="Copy the code" />
      <p class="muted">OpenInference and OpenLLMetry are read as well.</p>`}
    <div class="ways-out">${q && html`<button type="button" onClick=${() => setParams({ q: "" })}>Without the search</button>`}<${WiderRanges} range=${range} /></div>
  <//>`;
}
