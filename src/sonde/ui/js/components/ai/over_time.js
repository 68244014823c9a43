// Cost and tokens over time, in the same steps.

import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { bounds, setRange } from "../../lib/time.js";
import { DOLLARS, Histogram, NoHistogram } from "../histogram.js";

// Room for small sums: $0.0000412.
const GUTTER_PX = 66;

export function AiOverTime({ q, range }) {
  const { data, error, isStale } = useQuery("ai/usage/series", { q, ...range });
  if (!data) return html`<${NoHistogram} error=${error} />`;
  const pairs = (values) => data.ms.map((ms, at) => [ms, values[at]]);
  const series = [
    { name: "Output", colour: "--bar", points: pairs(data.outputTokens) },
    { name: "Input, new", colour: "--accent", points: pairs(data.inputTokens.map((each, at) => each - data.cachedTokens[at])) },
    { name: "Input, cached", colour: "--line-strong", points: pairs(data.cachedTokens) },
  ];
  const chart = { range: bounds(range), stepMs: data.stepMs, onRange: setRange, isStale, gutter: GUTTER_PX };
  return html`<div class="ai-over-time">
    <${Histogram} ...${chart} series=${series} label="Tokens" />
    ${data.costUsd.some(Boolean) && html`<${Histogram} ...${chart} series=${[{ name: "US dollars", colour: "--data-0", points: pairs(data.costUsd) }]} height=${64} label="Cost" unit=${DOLLARS} />`}
  </div>`;
}
