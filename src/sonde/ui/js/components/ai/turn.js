// One call or tool of a session: what it took, and what was said in it that was not said before.

import { clock, count, counted, dollars, duration, fullTime, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { Message } from "../span/conversation.js";

export function Turn({ turn }) {
  const isTool = turn.kind === "tool";
  const failed = turn.status === "error";
  // What a tool was given and gave may stand in the calls beside it alone.
  const isUnrecorded = !isTool && !failed && turn.messages.length === 0 && turn.repeatedMessages === 0;
  return html`<li class=${classes("ai-turn", turn.kind, failed && "error")}>
    <div class="turn-head">
      <a class="row-link" href=${traceHref(turn.traceId, { span: turn.spanId })} title=${`The span in its trace; ${fullTime(turn.startedAt)}`}><${Icon} name=${isTool ? "code" : "ai"} size=${14} /> <bdi class="cut">${shortened((isTool ? turn.tool : turn.model) || turn.operation, 80)}</bdi></a>
      <span class="muted">${clock(turn.startedAt)}</span>
      <span>${duration(turn.durationNs)}</span>
      ${!isTool && html`<span class="muted">${count(turn.inputTokens)} in${turn.cachedTokens > 0 ? ` (${count(turn.cachedTokens)} cached)` : ""}, ${count(turn.outputTokens)} out</span> <b>${dollars(turn.costUsd)}</b>`}
      ${turn.truncated && html`<span class="chip warning">cut off</span>`}
      ${failed && html`<span class="chip error"><bdi>${shortened(turn.errorType || "failed", 60)}</bdi></span>`}
    </div>
    ${failed && turn.message && html`<p class="error-text"><bdi>${shortened(turn.message, 500)}</bdi></p>`}
    ${turn.repeatedMessages > 0 && html`<p class="muted">${counted(turn.repeatedMessages, "message")} from before</p>`}
    ${isUnrecorded && html`<p class="muted">What was said is not recorded. In Sonde's SDK, <code>SONDE_AI_CONTENT</code> switches it on.</p>`}
    ${turn.messages.length > 0 && html`<ol class="ai-messages">${turn.messages.map((message, index) => html`<${Message} key=${index} message=${whole(message)} />`)}</ol>`}
  </li>`;
}

// What the API left out of a long text is said at its end.
function whole(message) {
  return { ...message, parts: message.parts.map((part) => (part.cutChars > 0 ? { ...part, text: `${part.text}\n… ${counted(part.cutChars, "more character")} in the span` } : part)) };
}
