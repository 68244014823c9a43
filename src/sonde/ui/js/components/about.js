// What else some work belongs to: orchestrations, executions of pipelines, sessions; each leads there.

import { html } from "../lib/html.js";
import { shortened } from "../lib/format.js";
import { orchestrationHref, pipelineHref, sessionHref, term, tracesHref } from "../lib/links.js";

const SHOWN = 4;

// about: as `/api/v1/runs/{runId}` has it.
export function About({ about }) {
  const items = [
    ...about.orchestrationIds.map((id) => ["orchestration", id, orchestrationHref(id)]),
    ...about.pipelines.map(({ traceId, triggerEvent }) => ["pipeline", triggerEvent, pipelineHref(traceId)]),
    ...about.conversationIds.map((id) => ["conversation", id, sessionHref(id)]),
    ...about.sessionIds.filter((id) => !about.conversationIds.includes(id)).map((id) => ["session", id, tracesHref(term("session", id), { since: "7d", until: "" })]),
  ];
  return html`${items.slice(0, SHOWN).map(([what, text, href]) => html`<a key=${href} class="chip about" href=${href} title=${`The ${what} ${shortened(text, 300)}`}><span>${what}</span> <bdi class="cut">${shortened(text, 60)}</bdi></a>`)}
    ${items.length > SHOWN && html`<span class="muted">and ${items.length - SHOWN} more</span>`}`;
}
