// What some work belongs to and touched: users, conversations, runs, orchestrations, executions of pipelines, sessions,
// entities, traces; each leads there.

import { counted, shortened } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { entityHref, orchestrationHref, pipelineHref, runHref, sessionHref, term, traceHref, tracesHref } from "../lib/links.js";

const SHOWN = 5;
const WEEK = { since: "7d", until: "" };

// about: as `/api/v1/runs/{runId}` has it. Of many things the first `perKind` of each kind are shown, and all when asked.
// within: the time in which to look for traces of the user.
export function About({ about, userId = "", runIds = [], entities = [], traceIds = [], perKind = 1, within = WEEK }) {
  const [isWhole, setWhole] = useState(false);
  const { conversationIds, orchestrationIds, pipelines, sessionIds } = about;
  const kinds = [
    userId ? [["user", userId, tracesHref(term("user.id", userId.slice(0, 200)), within)]] : [],
    conversationIds.map((id) => ["conversation", id, sessionHref(id)]),
    runIds.map((id) => ["run", id, runHref(id)]),
    orchestrationIds.map((id) => ["orchestration", id, orchestrationHref(id)]),
    pipelines.map(({ traceId, triggerEvent }) => ["pipeline", triggerEvent, pipelineHref(traceId)]),
    sessionIds.filter((id) => !conversationIds.includes(id)).map((id) => ["session", id, tracesHref(term("session", id), WEEK)]),
    entities.map(({ type, id }) => [type, id, entityHref(type, id)]),
    traceIds.map((id) => ["trace", id.slice(0, 8), traceHref(id)]),
  ];
  const all = kinds.flat();
  const shown = isWhole || all.length <= SHOWN ? all : kinds.flatMap((items) => items.slice(0, perKind));
  return html`${shown.map(([what, text, href]) => html`<a key=${href} class="chip about" href=${href} title=${`The ${shortened(what, 40)} ${shortened(text, 300)}`}><span>${shortened(what, 40)}</span> <bdi class="cut">${shortened(text, 60)}</bdi></a>`)}
    ${all.length > shown.length && html`<button type="button" class="plain small" aria-label=${`Show ${counted(all.length - shown.length, "more link")}`} onClick=${() => setWhole(true)}>${all.length - shown.length} more</button>`}`;
}
