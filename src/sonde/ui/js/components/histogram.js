// Counts over time as stacked bars; dragging over it chooses a range.

import uPlot from "uplot";

import { paint } from "../lib/colours.js";
import { compact, count, dateTime } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { theme, timeZone } from "../lib/prefs.js";

const LEAST_DRAG_PX = 4;

// series: [{ name, colour: "--accent", points: Map(ms -> count) or [[ms, count]] }], the first at the bottom.
// range: { fromMs, toMs }. stepMs: the width of a bar. onRange(fromMs, toMs): chosen by dragging.
export function Histogram({ series, range, stepMs, onRange, height = 96, label }) {
  const box = useRef(null);
  const chart = useRef(null);
  const [pointed, setPointed] = useState(null);
  const steps = aligned(range, stepMs);
  const values = series.map((each) => {
    const points = new Map(each.points);
    return steps.map((ms) => points.get(ms) ?? 0);
  });
  const shape = `${series.map((each) => `${each.name}${each.colour}`)} ${theme.value} ${timeZone.value} ${height}`;
  const latest = useRef({});
  latest.current = { onRange, steps, values, stepMs, series };

  useEffect(() => {
    const made = new uPlot(options(box.current, height, latest, setPointed), [[], ...series.map(() => [])], box.current);
    chart.current = made;
    const observer = new ResizeObserver(([entry]) => made.setSize({ width: Math.max(80, Math.floor(entry.contentRect.width)), height }));
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    // Drawn from the top of the stack down, each sum over what it stands on.
    const sums = values.map((_, top) => steps.map((__, at) => values.slice(0, top + 1).reduce((sum, each) => sum + each[at], 0)));
    chart.current?.setData([steps.map((ms) => ms / 1000), ...sums.reverse()], false);
    chart.current?.setScale("x", { min: range.fromMs / 1000, max: range.toMs / 1000 });
    const most = Math.max(1, ...(sums[0] ?? []));
    chart.current?.setScale("y", { min: 0, max: most * 1.05 });
  });

  const total = values.flat().reduce((sum, each) => sum + each, 0);
  return html`<figure class="histogram" aria-label=${`${label}: ${count(total)} in ${steps.length} steps`}>
    <div ref=${box} class="chart" style=${{ height: `${height}px` }}></div>
    <figcaption>${pointed === null ? html`<span class="muted">${label}</span>` : html`<span>${dateTime(steps[pointed])}</span>${series.map((each, index) => html`<span key=${each.name}><i class="swatch" style=${{ background: `var(${each.colour})` }}></i> ${each.name} <b>${count(values[index][pointed] ?? 0)}</b></span>`)}`}</figcaption>
  </figure>`;
}

function options(box, height, latest, setPointed) {
  const { series } = latest.current;
  const axis = { stroke: paint("--muted"), font: "11px system-ui, sans-serif", grid: { stroke: paint("--line"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars({ size: [0.9, 60], align: 1 });
  return {
    width: Math.max(80, box.clientWidth),
    height,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => (timeZone.value === "utc" ? uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC") : new Date(seconds * 1e3)),
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    axes: [{ ...axis, size: 22, grid: { show: false } }, { ...axis, size: 40, splits: (_, __, ___, most) => [0, most / 2, most].map(Math.floor), values: (_, ticks) => ticks.map(compact) }],
    series: [{}, ...[...series].reverse().map((each) => ({ label: each.name, fill: paint(each.colour), stroke: paint(each.colour), width: 0, paths: bars, points: { show: false } }))],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    hooks: {
      setCursor: [(chart) => setPointed(barAt(chart, latest.current))],
      setSelect: [(chart) => {
        const { left, width } = chart.select;
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if (width < LEAST_DRAG_PX) return;
        latest.current.onRange?.(chart.posToVal(left, "x") * 1e3, chart.posToVal(left + width, "x") * 1e3);
      }],
    },
  };
}

function barAt(chart, { steps, stepMs }) {
  if (chart.cursor.left === null || chart.cursor.left < 0) return null;
  const at = Math.floor((chart.posToVal(chart.cursor.left, "x") * 1e3 - steps[0]) / stepMs);
  return at >= 0 && at < steps.length ? at : null;
}

function aligned({ fromMs, toMs }, stepMs) {
  const steps = [];
  for (let at = Math.floor(fromMs / stepMs) * stepMs; at < toMs && steps.length < 5000; at += stepMs) steps.push(at);
  return steps;
}
