// What a span says.

import { Problem, Skeleton } from "../notices.js";
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";

export function SpanPanel({ traceId, spanId, onClose }) {
  const { data, error, reload } = useQuery(`traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`);
  return html`<aside class="span-panel" aria-label="Span">
    <button type="button" class="plain" aria-label="Close" onClick=${onClose}>×</button>
    ${error ? html`<${Problem} error=${error} retry=${reload} />` : data ? html`<h2><bdi>${data.operation}</bdi></h2>` : html`<${Skeleton} />`}
  </aside>`;
}
