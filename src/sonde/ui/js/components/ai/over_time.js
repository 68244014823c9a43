// Cost and tokens over time, in the same steps.

import { dateTime, dollars } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { bounds, setRange } from "../../lib/time.js";
import { Histogram, NoHistogram } from "../histogram.js";
import { Sparkline } from "../sparkline.js";

export function AiOverTime({ q, range }) {
  const { data, error, isStale } = useQuery("ai/usage/series", { q, ...range });
  if (!data) return html`<${NoHistogram} error=${error} />`;
  const pairs = (values) => data.ms.map((ms, at) => [ms, values[at]]);
  const series = [
    { name: "Output", colour: "--bar", points: pairs(data.outputTokens) },
    { name: "Input, new", colour: "--accent", points: pairs(data.inputTokens.map((each, at) => each - data.cachedTokens[at])) },
    { name: "Input, cached", colour: "--line-strong", points: pairs(data.cachedTokens) },
  ];
  const dearest = data.costUsd.indexOf(Math.max(...data.costUsd));
  return html`<div class="ai-over-time">
    <${Histogram} series=${series} range=${bounds(range)} stepMs=${data.stepMs} onRange=${setRange} label="Tokens" isStale=${isStale} />
    ${data.costUsd[dearest] > 0 && html`<figure class="cost-over-time"><${Sparkline} kind="bars" values=${data.costUsd} width=${600} height=${56} title="Cost over time" />
      <figcaption class="muted">Cost: at most ${dollars(data.costUsd[dearest])} in a step, at ${dateTime(data.ms[dearest])}</figcaption></figure>`}
  </div>`;
}
