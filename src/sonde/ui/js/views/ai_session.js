// One session as a conversation: what was said, which tools were called, what each call took and cost.

import { About } from "../components/about.js";
import { Turn } from "../components/ai/turn.js";
import { Icon } from "../components/icons.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { useRowKeys } from "../components/row_keys.js";
import { get, idInPath } from "../lib/api.js";
import { command } from "../lib/command.js";
import { ago, clock, count, counted, dollars, fullTime, shortened } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { logsHref, term, tracesHref } from "../lib/links.js";
import { useQuery } from "../lib/query.js";
import { useRefreshEvery } from "../lib/refresh.js";
import { go, hrefHere } from "../lib/route.js";

const EVERY_S = 10;
const LIMIT = 50;
const PER_KIND = 6;

export function AiSession({ parts }) {
  const id = parts.slice(1).join("/");
  const path = `ai/sessions/${idInPath(id)}`;
  const { data, error, reload } = useQuery(path, { limit: LIMIT }, { keep: false });
  useRefreshEvery(EVERY_S);
  useKeys([{ keys: "Escape", does: "All AI calls", run: () => go(hrefHere("/ai")) }]);
  const head = (extra) => html`<${PageHead} title=${html`<span class="run-title">Conversation <bdi class="muted cut" title=${shortened(id, 600)}>${shortened(id, 120)}</bdi></span>`} tab=${`Conversation ${id.slice(0, 40)}`} timed=${false} refreshed=${true} data=${[
    { name: "The conversation", path, command: command("ai show", id) },
  ]}>${extra}<//>`;
  if (data) return html`<${Known} key=${path} session=${data} path=${path} head=${head} />`;
  return html`${head()}${error?.status === 404
    ? html`<${Empty} title=${`${error.message}.`}><p class="muted">${error.hint}</p><p><a href=${tracesHref(term("session", id.slice(0, 200)), { since: "7d" })}>Traces that bear its id</a> · <a href=${hrefHere("/ai")}>All AI calls</a></p><//>`
    : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${14} height=${28} />`}`;
}

function Known({ session, path, head }) {
  const body = useRef(null);
  useRowKeys(body, "turn");
  const [later, setLater] = useState({ turns: [], cursor: undefined, error: null, isAsked: false });
  // Pages that were read go on from the first one as it was.
  useEffect(() => setLater({ turns: [], cursor: undefined, error: null, isAsked: false }), [session.nextCursor]);
  const cursor = later.cursor === undefined ? session.nextCursor : later.cursor;
  const more = () => {
    setLater((before) => ({ ...before, isAsked: true, error: null }));
    get(path, { limit: LIMIT, cursor }).then(
      (page) => setLater((before) => ({ turns: [...before.turns, ...page.turns], cursor: page.nextCursor, error: null, isAsked: false })),
      (error) => setLater((before) => ({ ...before, error, isAsked: false })),
    );
  };
  const { traceIds } = session;
  const around = { since: String(Date.parse(session.startedAt) - 60_000), until: String(Date.parse(session.endedAt) + 3_600_000), every: "" };
  return html`<div class="run-page ai-session" ref=${body}>
    ${head(html`<a class="button control" href=${tracesHref(term("gen_ai.conversation.id", session.sessionId.slice(0, 200)), around)}><${Icon} name="traces" /> <span>${counted(session.traceCount, "trace")}</span></a>
      ${traceIds.length === 1 && html`<a class="button control" href=${logsHref(term("trace", traceIds[0]), around)}><${Icon} name="logs" /> <span>Logs</span></a>`}`)}
    <div class="run-facts">
      <b>${dollars(session.costUsd)}</b>
      <span title=${fullTime(session.startedAt)}>${clock(session.startedAt)} <span class="muted">${ago(session.startedAt)}</span></span>
      <span>${counted(session.calls, "call")}</span>
      ${session.errors > 0 && html`<span class="error-text">${count(session.errors)} failed</span>`}
      <span>${count(session.inputTokens)} tokens in${session.cachedTokens > 0 ? `, ${count(session.cachedTokens)} cached` : ""}</span>
      <span>${count(session.outputTokens)} out${session.reasoningTokens > 0 ? `, ${count(session.reasoningTokens)} for reasoning` : ""}</span>
      ${session.unpricedCalls > 0 && html`<span class="warning-text">${counted(session.unpricedCalls, "call")} without a price</span>`}
      <span class="muted"><bdi class="cut">${session.models.map((name) => shortened(name, 60)).join(", ")}</bdi></span>
      <span class="muted">Prices of ${session.prices.package} ${session.prices.version}, the newest of ${session.prices.date}</span>
    </div>
    <div class="run-facts"><${About} about=${session.about} userId=${session.userId} runIds=${session.runIds} entities=${session.entities} traceIds=${traceIds} perKind=${PER_KIND} within=${around} /></div>
    <ol class="ai-turns" aria-label="Conversation">${[...session.turns, ...later.turns].map((turn) => html`<${Turn} key=${`${turn.traceId}${turn.spanId}`} turn=${turn} />`)}</ol>
    ${later.error && html`<${Problem} error=${later.error} retry=${more} />`}
    ${cursor && html`<button type="button" class="control" disabled=${later.isAsked} onClick=${more}>Go on with the conversation</button>`}
  </div>`;
}
