// The way from a group of failures to its newest trace, at the span that failed.

import { html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Icon } from "../icons.js";

export function SampleLink({ group }) {
  const [newest] = group.sampleTraceIds;
  if (!newest) return html`<span class="sample-link"></span>`;
  return html`<a class="sample-link" href=${traceHref(newest, { span: group.sampleSpanId })} title="The newest trace with it" aria-label="The newest trace with it"><${Icon} name="traces" /></a>`;
}
