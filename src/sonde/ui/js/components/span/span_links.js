// Links of a span to others, and of others to it; in this trace and in any other.

import { ago, fullTime } from "../../lib/format.js";
import { colourOf } from "../../lib/colours.js";
import { html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Empty } from "../notices.js";
import { AttributeRows } from "./attributes.js";
import { Capped } from "./value.js";

export function SpanLinks({ span, onChoose }) {
  if (span.links.length + span.linkedFrom.length === 0) return html`<${Empty} title="No links."><p class="muted">A link ties a span to one that caused it without being its parent: the message of a batch, the request that queued a job.</p><//>`;
  return html`<div class="span-links">
    ${span.links.length > 0 && html`<h3>Links to</h3><ul><${Capped} items=${span.links} first=${50} what="links" row=${(link, index) => html`<li key=${index}>
      <${Target} link=${link} here=${span.traceId} onChoose=${onChoose} />
      ${Object.keys(link.attributes).length > 0 && html`<${AttributeRows} entries=${Object.entries(link.attributes)} />`}</li>`} /></ul>`}
    ${span.linkedFrom.length > 0 && html`<h3>Linked from</h3><ul>${span.linkedFrom.map((link) => html`<li key=${`${link.traceId} ${link.spanId}`}>
      <${Target} link=${link} here=${span.traceId} onChoose=${onChoose} /></li>`)}</ul>`}
  </div>`;
}

function Target({ link, here, onChoose }) {
  const isHere = link.traceId === here;
  const choose = (event) => {
    if (!isHere || !onChoose || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onChoose(link.spanId);
  };
  return html`<div class="link-target">
    <a href=${traceHref(link.traceId, { span: link.spanId })} onClick=${choose}>
      ${link.operation ? html`<i class="swatch" style=${{ background: colourOf(link.service) }}></i> <bdi>${link.service.slice(0, 100)}</bdi> <b><bdi>${link.operation.slice(0, 200)}</bdi></b>` : html`<code>${link.spanId}</code>`}</a>
    <span class="muted">${isHere ? "in this trace" : html`in trace <code>${link.traceId}</code>`}${link.startedAt && html` <span title=${fullTime(link.startedAt)}>${ago(link.startedAt)}</span>`}</span>
  </div>`;
}
