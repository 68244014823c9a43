// What a span or log record is part of and what it touched: runs, orchestrations, sessions, users, business objects; each
// leads to its page, or is a search where it has none.

import { html } from "../../lib/html.js";
import { attributeTerm, entityHref, isHarmless, orchestrationHref, pipelineHref, runHref, sessionHref, term, tracesHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { callOf, isAi } from "./messages.js";
import { first, several } from "./subjects.js";
import { Capped } from "./value.js";

const ENTITY = "sonde.entity.";
const LONGEST = 500;

// [{ what, value, q, url, href }] of a span or log record. href: the page of it, where it has one; else q searches for it.
export function belongingsOf(span) {
  const { attributes } = span;
  const found = [];
  const add = (what, value, q, url = "", href = "") => value && value.length <= LONGEST && found.push({ what, value, q, url, href });
  const job = first(attributes, "sonde.run.job") || first(span.resource, "sonde.run.job");
  add(job && job.length < 100 ? `Run of ${job}` : "Run", span.runId, term("run", span.runId), first(attributes, "sonde.run.url") || first(span.resource, "sonde.run.url"), runHref(span.runId));
  add("Orchestration", span.orchestrationId, term("orchestration", span.orchestrationId), "", orchestrationHref(span.orchestrationId));
  add("Pipeline", span.triggerEvent, term("trigger", span.triggerEvent), "", span.traceId && pipelineHref(span.traceId));
  add("Correlation", span.correlationId, term("correlation", span.correlationId));
  add("Session", span.sessionId, term("session", span.sessionId));
  const conversation = isAi(attributes) ? callOf(attributes).conversation : "";
  add("Conversation", conversation, "", "", sessionHref(conversation));
  const user = first(attributes, "user.id", "enduser.id");
  add("User", user, attributeTerm(attributes["user.id"] ? "user.id" : "enduser.id", user));
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(ENTITY)) continue;
    const type = key.slice(ENTITY.length);
    for (const id of several(value)) if (type) add(type, id, "", "", entityHref(type, id));
  }
  return found;
}

export function Belongings({ items }) {
  return html`<ul class="belongings"><${Capped} items=${items} first=${30} step=${200} what="" row=${({ what, value, q, url, href }, index) => html`<li key=${index}>
    <a class="chip" href=${href || tracesHref(q)} title=${href ? "All about it" : `Search traces with ${q}`}><span>${what}</span> <b><bdi>${value}</bdi></b></a>
    ${url && /^https?:/i.test(url) && isHarmless(url) && html`<a class="icon-button" href=${url} target="_blank" rel="noopener noreferrer" aria-label="Open the run" title=${url}><${Icon} name="outside" size=${14} /></a>`}
  </li>`} /></ul>`;
}
