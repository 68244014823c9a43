// A script over time: how often it ran, failed, blocked and was skipped, and how long it took, in the same steps.

import { count, counted, dateTime, durationMs, percent, perSecond } from "../../lib/format.js";
import { html, useId, useMemo, useState } from "../../lib/html.js";
import { SmallChart } from "./small_chart.js";

const SHARES = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

// script: as the API has it. onRange(fromMs, toMs): a step was chosen.
export function ScriptOverTime({ script, stepMs, onRange }) {
  const { series } = script;
  const steps = series.ms.length;
  const charts = useMemo(() => chartsOf(series), [series]);
  const hint = useId();
  const [pointed, setPointed] = useState(null);
  const at = pointed === null ? null : Math.min(pointed, steps - 1);
  const stepAt = (event) => {
    const plot = event.target.closest("[data-plot]")?.getBoundingClientRect();
    if (!plot?.width) return null;
    return Math.min(steps - 1, Math.max(0, Math.floor(((event.clientX - plot.left) / plot.width) * steps)));
  };
  const choose = (step) => onRange(series.ms[step], series.ms[step] + stepMs);
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowLeft: (at ?? steps) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: steps - 1 }[event.key];
    if (to !== undefined) setPointed(Math.min(steps - 1, Math.max(0, to)));
    else if (event.key === "Enter" && at !== null) choose(at);
    else if (event.key === "Escape" && at !== null) setPointed(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event) => {
    const step = stepAt(event);
    // A finger has no other way to point.
    if (step !== null && event.pointerType !== "touch") choose(step);
  };
  const [from, to] = ends(series.ms[0], series.ms[steps - 1] + stepMs);
  return html`<figure class="script-over-time" role="group" tabindex="0" aria-label=${`${script.name.slice(0, 100)} over time, in ${counted(steps, "step")}`} aria-describedby=${hint}
      onKeyDown=${onKeyDown} onBlur=${() => setPointed(null)} onPointerMove=${(event) => setPointed(stepAt(event))} onPointerDown=${(event) => setPointed(stepAt(event))}
      onPointerLeave=${(event) => event.pointerType !== "touch" && setPointed(null)} onClick=${onClick}>
    <figcaption aria-live="polite">${at === null
      ? html`<span class="muted">Each bar stands for ${durationMs(stepMs)}. Point at one for its figures.</span>`
      : html`<b>${dateTime(series.ms[at])} – ${timeOf(series.ms[at] + stepMs)}</b> <${Figures} series=${series} at=${at} />`}</figcaption>
    <div class="small-charts">${charts.map((chart) => html`<${SmallChart} key=${chart.name} chart=${chart} steps=${steps} at=${at} said=${at === null ? chart.whole(script) : chart.told(at)} note=${at === null ? chart.note(script) : chart.of(at)} from=${from} to=${to} />`)}</div>
    <span id=${hint} class="visually-hidden">The arrow keys go from step to step, Enter shows only the time of one.</span>
  </figure>`;
}

function Figures({ series, at }) {
  const { counts, errors, blocks, skips } = series;
  if (counts[at] === 0) return html`<span>nothing ran</span>`;
  return html`<span>ran ${counted(counts[at] - skips[at], "time")}</span><span>${count(errors[at])} failed</span><span>${count(blocks[at])} blocked</span><span>${count(skips[at])} skipped</span><span>p95 ${durationMs(series.p95Ms[at])}</span>`;
}

// told, of: what a step says. whole, note: what the whole time says.
function chartsOf(series) {
  const { counts, skips } = series;
  const ran = counts.map((each, at) => each - skips[at]);
  const share = (name, tone, values, parts, wholes, key) => ({
    name, tone, bars: values, nice: SHARES, onAxis: percent,
    told: (at) => (values[at] === null ? "–" : percent(values[at])),
    of: (at) => (values[at] === null ? "nothing ran" : `${count(parts[at])} of ${count(wholes[at])}`),
    whole: (script) => percent(script[`${key}Rate`]),
    note: () => occasions(series.ms, parts),
  });
  return [
    {
      name: "Ran", tone: "success", bars: series.ratePerS, onAxis: perSecond,
      told: (at) => perSecond(series.ratePerS[at]),
      of: (at) => counted(ran[at], "time"),
      whole: (script) => perSecond(script.ratePerS),
      note: (script) => counted(script.runCount, "time"),
    },
    share("Errors", "error", series.errorRate, series.errors, ran, "error"),
    share("Blocked", "blocked", series.blockRate, series.blocks, ran, "block"),
    share("Skipped", "skipped", series.skipRate, skips, counts, "skip"),
    {
      name: "Latency", tone: "latency", onAxis: durationMs,
      lines: [{ name: "p95", values: series.p95Ms }, { name: "p50", values: series.p50Ms }],
      told: (at) => `p95 ${durationMs(series.p95Ms[at])}`,
      of: (at) => `p50 ${durationMs(series.p50Ms[at])}`,
      whole: (script) => `p95 ${durationMs(script.p95Ms)}`,
      note: (script) => `p50 ${durationMs(script.p50Ms)}, dashed`,
    },
  ];
}

// When something happened first and last.
function occasions(ms, values) {
  const first = values.findIndex((value) => value > 0);
  if (first < 0) return "never";
  const last = values.findLastIndex((value) => value > 0);
  const [from, to] = ends(ms[first], ms[last]);
  return first === last ? `at ${from}` : `first ${from}, last ${to}`;
}

// Two times, with their dates where these differ.
function ends(fromMs, toMs) {
  const [from, to] = [dateTime(fromMs), dateTime(toMs)];
  return from.slice(0, 10) === to.slice(0, 10) ? [from.slice(11), to.slice(11)] : [from.slice(5), to.slice(5)];
}

function timeOf(ms) {
  return dateTime(ms).slice(11);
}
