// What is different from the time before, in words, the largest difference first.

import { counted, durationMs, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { term, tracesHref } from "../../lib/links.js";
import { bounds } from "../../lib/time.js";
import { timesOrPercent } from "../change.js";
import { ComponentName, DataText } from "../name.js";
import { Card } from "../card.js";

// isFirst: nothing is stored of the time before.
export function Changes({ changes, isFirst }) {
  return html`<${Card} title="What changed" note="against the same time before">
    ${isFirst || changes.length === 0
      ? html`<p class="muted calm">${isFirst ? "Nothing to compare with yet: the time before has no spans." : "Nothing that stands out."}</p>`
      : html`<ul class="card-rows">${changes.map((each) => html`<li key=${`${each.kind} ${each.component} ${each.operation}`}><a class="card-row row-link" href=${hrefOf(each)}>
        <span class="chip ${tone(each)}">${kindName(each)}</span>
        <span class="what"><${ComponentName} name=${each.component} />${each.operation && html`<${DataText} text=${each.operation} />`}</span>
        <span class="words">${words(each)}</span></a></li>`)}</ul>`}
  <//>`;
}

function kindName({ kind, now, before }) {
  if (kind === "latency") return now > before ? "slower" : "faster";
  if (kind === "traffic") return now > before ? "busier" : "quieter";
  return kind;
}

function words({ kind, before, now }) {
  switch (kind) {
    case "new": return `${counted(now, "span")}, none before`;
    case "gone": return `none now, ${counted(before, "span")} before`;
    case "errors": return `${percent(now)} fail, ${percent(before)} before`;
    case "latency": return `p95 ${durationMs(now)}, ${durationMs(before)} before (${timesOrPercent(now / before)} ${now > before ? "longer" : "shorter"})`;
    default: return `${counted(now, "span")}, ${before} before (${timesOrPercent(now / before)} ${now > before ? "more" : "less"})`;
  }
}

function tone({ kind, now, before }) {
  if (kind === "errors") return now > before ? "error" : "success";
  if (kind === "latency") return now > before ? "warning" : "success";
  return kind === "gone" ? "warning" : "";
}

// What is gone is found where it still was.
function hrefOf({ kind, component, operation }) {
  const q = [term("component", component), operation && term("operation", operation), kind === "errors" && "status:error"].filter(Boolean).join(" ");
  const { fromMs, toMs } = bounds();
  return tracesHref(q, kind === "gone" ? { since: String(Math.floor(2 * fromMs - toMs)), until: String(Math.ceil(fromMs)), every: "" } : {});
}
