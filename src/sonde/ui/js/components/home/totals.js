// The server as a whole: how much happens, how much fails, how long it takes, and all that over time.

import { durationMs, percent, perSecond } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { tracesHref } from "../../lib/links.js";
import { bounds, setRange, timeRange } from "../../lib/time.js";
import { Change } from "../change.js";
import { Histogram } from "../histogram.js";
import { Sparkline } from "../sparkline.js";

export function Totals({ overview }) {
  const { total, stepMs } = overview;
  const before = total.before;
  const seconds = lengthS();
  const ok = total.series.spans.map((spans, at) => spans - total.series.errors[at]);
  const points = (values) => total.series.ms.map((ms, at) => [ms, values[at]]);
  return html`<section class="panel-box totals" aria-label="Everything together">
    <dl class="figures">
      <${Figure} name="Spans" title="Spans a second, on average over the time that is shown; where none came before it, from the first one on" value=${perSecond(total.ratePerS)}><${Change} kind="rate" now=${total.ratePerS} before=${before && before.spanCount / seconds} /><//>
      <${Figure} name="Errors" value=${html`<a href=${tracesHref("status:error")} title="Traces with what failed">${percent(total.errorRate)}</a>`}><${Change} kind="errors" now=${total.errorRate} before=${before?.errorRate} /><//>
      <${Figure} name="p95" value=${durationMs(total.p95Ms)}><${Change} kind="latency" now=${total.p95Ms} before=${before?.p95Ms} />
        <${Sparkline} values=${total.series.p95Ms} title="95th percentile of durations over time" width=${72} /><//>
    </dl>
    <${Histogram} label="Spans over time, failed ones at the bottom; drag to choose a range" height=${84} range=${bounds()} stepMs=${stepMs} onRange=${setRange}
      series=${[{ name: "failed", colour: "--error", points: points(total.series.errors) }, { name: "ok", colour: "--data-0", points: points(ok) }]} />
  </section>`;
}

// The length of what is shown, in seconds.
export function lengthS() {
  const { fromMs, toMs } = bounds(timeRange());
  return Math.max((toMs - fromMs) / 1000, 1);
}

function Figure({ name, value, title, children }) {
  return html`<div class="figure" title=${title}><dt>${name}</dt><dd><span class="big">${value}</span>${children}</dd></div>`;
}
