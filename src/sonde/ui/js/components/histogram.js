// Counts over time as stacked bars. Dragging over it chooses a range; so do the arrow keys with Shift, once it has the focus.

import uPlot from "uplot";

import { paint } from "../lib/colours.js";
import { compact, count, dateTime, dollars } from "../lib/format.js";
import { classes, html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { theme, timeZone } from "../lib/prefs.js";

const LEAST_DRAG_PX = 4;
const LETTER_PX = 6;
const MOST_STEPS = 5000;
// least: the least that the whole height stands for. onAxis, told: a value as text.
const COUNTS = { least: 1, onAxis: compact, told: count, ticks };
export const DOLLARS = { least: 1e-9, onAxis: (value) => (value ? dollars(value) : "0"), told: dollars, ticks: (most) => [0, most / 1.05] };

// series: [{ name, colour: "--accent", points: Map(ms -> count) or [[ms, count]] }], the first at the bottom.
// range: { fromMs, toMs }. stepMs: the width of a bar. onRange(fromMs, toMs): what was chosen. unit: of the values.
// gutter: pixels left of the bars, the same for charts below each other.
export function Histogram({ series, range, stepMs, onRange, height = 84, label, isStale = false, unit = COUNTS, gutter = 40 }) {
  const box = useRef(null);
  const chart = useRef(null);
  const hint = useId();
  const [pointed, setPointed] = useState(null);
  // Where a selection by keys began; null while there is none.
  const [anchor, setAnchor] = useState(null);
  const steps = aligned(range, stepMs);
  const values = series.map((each) => {
    const points = new Map(each.points);
    return steps.map((ms) => points.get(ms) ?? 0);
  });
  const shape = `${series.map((each) => `${each.name}${each.colour}`)} ${theme.value} ${timeZone.value} ${height} ${gutter}`;
  const drawn = JSON.stringify([range, stepMs, values]);
  const latest = useRef({});
  latest.current = { onRange, steps, values, stepMs, series, range };
  const at = pointed === null ? null : Math.min(pointed, steps.length - 1);

  useEffect(() => {
    const made = new uPlot(options(box.current, height, { unit, gutter }, latest, (step) => { setPointed(step); if (step !== null) setAnchor(null); }), [[], ...series.map(() => [])], box.current);
    chart.current = made;
    const observer = new ResizeObserver(([entry]) => made.setSize({ width: Math.max(80, Math.floor(entry.contentRect.width)), height }));
    observer.observe(box.current);
    // The system's theme may turn while the page is open.
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => {
      series.forEach((each, index) => { Object.assign(made.series[series.length - index], { fill: constant(paint(each.colour)), stroke: constant(paint(each.colour)) }); });
      made.axes.forEach((axis) => { axis.stroke = constant(paint("--muted")); axis.grid.stroke = constant(paint("--line")); });
      made.redraw();
    };
    scheme.addEventListener("change", repaint);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", repaint);
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    const made = chart.current;
    // Drawn from the top of the stack down, each sum over what it stands on.
    const sums = values.map((_, top) => steps.map((__, index) => values.slice(0, top + 1).reduce((sum, each) => sum + each[index], 0)));
    made.batch(() => {
      made.setData([steps.map((ms) => ms / 1000), ...sums.reverse()], false);
      made.setScale("x", { min: range.fromMs / 1000, max: Math.max(range.toMs, range.fromMs + 1) / 1000 });
      made.setScale("y", { min: 0, max: Math.max(unit.least, ...(sums[0] ?? [])) * 1.05 });
    });
  }, [shape, drawn]);

  useEffect(() => {
    const made = chart.current;
    if (anchor === null || at === null) return;
    const [first, last] = [Math.min(anchor, at), Math.max(anchor, at)];
    const left = Math.max(0, made.valToPos(steps[first] / 1000, "x"));
    const right = Math.min(made.over.clientWidth, made.valToPos((steps[last] + stepMs) / 1000, "x"));
    made.setSelect({ left, width: Math.max(2, right - left), top: 0, height: made.over.clientHeight }, false);
  }, [anchor, at, shape, drawn]);

  const clear = () => {
    setAnchor(null);
    chart.current?.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = steps.length - 1;
    const to = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const next = Math.min(last, Math.max(0, to));
      if (!event.shiftKey) clear();
      else if (anchor === null) setAnchor(at ?? next);
      setPointed(next);
    } else if (event.key === "Enter" && at !== null) {
      const [first, end] = anchor === null ? [at, at] : [Math.min(anchor, at), Math.max(anchor, at)];
      clear();
      setPointed(null);
      onRange?.(steps[first], steps[end] + stepMs);
    } else if (event.key === "Escape" && (at !== null || anchor !== null)) {
      clear();
      setPointed(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const leave = () => {
    clear();
    setPointed(null);
  };

  const total = values.flat().reduce((sum, each) => sum + each, 0);
  const isSelection = anchor !== null && at !== null;
  const [first, end] = isSelection ? [Math.min(anchor, at), Math.max(anchor, at)] : [at, at];
  return html`<figure class=${classes("histogram", isStale && "stale")} role="group" tabindex="0" aria-label=${`${label}: ${unit.told(total)} in ${steps.length} steps`} aria-describedby=${hint} onKeyDown=${onKeyDown} onBlur=${leave}>
    <div class="plot" style=${{ height: `${height}px` }}><div ref=${box} class="chart"></div>${at !== null && html`<i class="pointed" aria-hidden="true" style=${place(chart.current, steps[at], stepMs)}></i>`}</div>
    <figcaption aria-live="polite" style=${{ "--gutter": `${gutter}px` }}>${at === null
      ? html`<span class="muted">${label}</span>${series.filter((each, index) => values[index].some(Boolean)).map((each) => html`<span key=${each.name} class="muted"><i class="swatch" style=${{ background: `var(${each.colour})` }}></i> ${each.name} ${unit.told(values[series.indexOf(each)].reduce((sum, one) => sum + one, 0))}</span>`)}`
      : html`<span>${dateTime(steps[first])}${isSelection && ` – ${dateTime(steps[end] + stepMs)}`}</span>${series.map((each, index) => html`<span key=${each.name}><i class="swatch" style=${{ background: `var(${each.colour})` }}></i> ${each.name} <b>${unit.told(values[index].slice(first, end + 1).reduce((sum, one) => sum + one, 0))}</b></span>`)}${isSelection && html`<span class="muted">Enter shows this range</span>`}`}</figcaption>
    <span id=${hint} class="visually-hidden">Drag, or press the arrow keys with Shift and then Enter, to choose a range of time.</span>
  </figure>`;
}

// What stands there until the first counts come, equally high.
export function NoHistogram({ height = 84, error }) {
  return html`<div class="histogram-gap muted" style=${{ height: `${height + 18}px` }}>${error && error.status !== 401 && `No counts over time: ${error.message}`}</div>`;
}

function options(box, height, { unit, gutter }, latest, setPointed) {
  const { series } = latest.current;
  let heard = null;
  const axis = { stroke: paint("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
  const grid = { stroke: paint("--line"), width: 1 };
  const bars = uPlot.paths.bars({ size: [0.9, 60], align: 1 });
  return {
    width: Math.max(80, box.clientWidth),
    height,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => (timeZone.value === "utc" ? uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC") : new Date(seconds * 1e3)),
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    axes: [
      { ...axis, size: 20, gap: 3, grid: { ...grid, show: false }, space: 70, values: labels },
      { ...axis, size: gutter, grid, splits: (_, __, ___, most) => unit.ticks(most), values: (_, found) => found.map(unit.onAxis) },
    ],
    series: [{}, ...[...series].reverse().map((each) => ({ label: each.name, fill: paint(each.colour), stroke: paint(each.colour), width: 0, paths: bars, points: { show: false } }))],
    cursor: { y: false, x: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    hooks: {
      setCursor: [(chart) => {
        // Also called when the chart is made, and when its data or size changes: what the keys chose stays.
        if (chart.cursor.event === heard) return;
        heard = chart.cursor.event;
        setPointed(barAt(chart, latest.current));
      }],
      setSelect: [(chart) => {
        const { left, width } = chart.select;
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if (width < LEAST_DRAG_PX) return;
        latest.current.onRange?.(chart.posToVal(left, "x") * 1e3, chart.posToVal(left + width, "x") * 1e3);
      }],
    },
  };
}

// What stands below the bars; not where it would be cut, or stand below the other axis.
function labels(chart, found, _, __, stepS) {
  const width = chart.bbox.width / devicePixelRatio;
  return found.map((at) => {
    const text = moment(at * 1e3, stepS);
    const [place, half] = [chart.valToPos(at, "x"), (text.length * LETTER_PX) / 2];
    return place < half || place + half > width ? "" : text;
  });
}

// As little of a moment as tells it from the next one.
function moment(ms, stepS) {
  const [day, time] = dateTime(ms).split(" ");
  if (stepS >= 86_400 || (time === "00:00" && stepS >= 3600)) return day.slice(5);
  return stepS < 60 && time.length < 8 ? `${time}:00` : time;
}

// Nothing, half and most; without the half where it is no whole number.
function ticks(most) {
  const top = Math.max(1, Math.floor(most / 1.05));
  return top % 2 && top < 10 ? [0, top] : [0, Math.floor(top / 2), top];
}

function barAt(chart, { steps, stepMs }) {
  if (chart.cursor.left === null || chart.cursor.left < 0) return null;
  const at = Math.floor((chart.posToVal(chart.cursor.left, "x") * 1e3 - steps[0]) / stepMs);
  return at >= 0 && at < steps.length ? at : null;
}

// The light behind the bar that is pointed at.
function place(chart, ms, stepMs) {
  if (!chart) return {};
  const from = Math.max(0, chart.valToPos(ms / 1000, "x"));
  const to = Math.min(chart.over.clientWidth, chart.valToPos((ms + stepMs) / 1000, "x"));
  return { left: `${(chart.over.offsetLeft + from).toFixed(1)}px`, width: `${Math.max(1, to - from).toFixed(1)}px`, height: `${chart.over.clientHeight}px`, top: `${chart.over.offsetTop}px` };
}

function aligned({ fromMs, toMs }, stepMs) {
  const steps = [];
  for (let at = Math.floor(fromMs / stepMs) * stepMs; at < toMs && steps.length < MOST_STEPS; at += stepMs) steps.push(at);
  return steps;
}

function constant(value) {
  return () => value;
}
