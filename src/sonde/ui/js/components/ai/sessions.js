// The sessions that were active last, each the way to its conversation.

import { ago, counted, dollars, fullTime, shortened } from "../../lib/format.js";
import { html, useRef } from "../../lib/html.js";
import { sessionHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { Card } from "../card.js";
import { Problem, Skeleton } from "../notices.js";
import { useRowKeys } from "../row_keys.js";

const SHOWN = 20;

export function AiSessions({ q, range }) {
  const { data, error, reload } = useQuery("ai/sessions", { q, ...range, limit: SHOWN });
  const body = useRef(null);
  useRowKeys(body, "session");
  return html`<${Card} title="Sessions" note=${data?.nextCursor ? `the last ${SHOWN} active; usage by session has all` : null}>
    ${error ? html`<${Problem} error=${error} retry=${reload} />`
      : !data ? html`<${Skeleton} rows=${6} />`
      : data.sessions.length === 0 ? html`<p class="muted calm">No call says which session it belongs to: <code>with sonde.conversation("conv_42", user_id="usr_7"):</code></p>`
      : html`<ul class="ai-calls" ref=${body}>${data.sessions.map((each) => html`<li key=${each.sessionId}>
          <a class="row-link" href=${sessionHref(each.sessionId)} title=${fullTime(each.endedAt)}><bdi class="cut">${shortened(each.sessionId, 80)}</bdi></a>
          <span class="call-facts"><b>${dollars(each.costUsd)}</b> <span>${counted(each.calls, "call")}</span> ${each.errors > 0 && html`<span class="error-text">${each.errors} failed</span>`}
            ${each.userId && html`<span class="muted"><bdi>${shortened(each.userId, 40)}</bdi></span>`} <span class="muted">${ago(each.endedAt)}</span></span>
        </li>`)}</ul>`}
  <//>`;
}
