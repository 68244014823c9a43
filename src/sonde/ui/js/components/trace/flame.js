// A trace as a flame graph: spans that have the same services and operations above them are one frame, as wide as they
// took together. A click makes a frame as wide as the graph.

import { colourOf } from "../../lib/colours.js";
import { count, counted, duration, percent } from "../../lib/format.js";
import { classes, html, useLayoutEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { traceHref } from "../../lib/links.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";
import { Empty, Problem, Skeleton } from "../notices.js";
import { leads, useNewer } from "./operations.js";
import { cut } from "./waterfall_row.js";

const ROW_PX = 22;
const LEAST_PX = 1.5;
const TEXT_FROM_PX = 34;

export function Flame({ traceId, version, onSpan }) {
  const { data, error, reload } = useQuery(`traces/${encodeURIComponent(traceId)}/flame`, { limit: 2000 });
  useNewer(version, reload);
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Skeleton} rows=${10} height=${ROW_PX} />`;
  if (data.frames.length === 0) return html`<${Empty} title="Nothing in this trace has ended yet." />`;
  return html`<${Graph} traceId=${traceId} data=${data} onSpan=${onSpan} />`;
}

function Graph({ traceId, data, onSpan }) {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState(-1);
  const frames = useMemo(() => withParents(data.frames), [data]);
  // A span is in one frame alone, so its id names the frame.
  const zoomed = Math.max(frames.findIndex((each) => each.spanId === param("frame")), -1);
  const [focused, setFocused] = useState(Math.max(zoomed, 0));

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current.clientWidth));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const zoomTo = (index) => setParams({ frame: index < 0 ? "" : frames[index].spanId }, { replace: true });
  useKeys([{ keys: "Escape", does: "The whole graph", run: () => (zoomed < 0 || param("span") ? false : zoomTo(-1)) }]);

  const from = zoomed < 0 ? 0 : frames[zoomed].offsetNs;
  const whole = (zoomed < 0 ? data.totalNs : frames[zoomed].totalNs) || 1;
  const above = new Set(path(frames, zoomed).slice(0, -1));
  const drawn = [];
  let deepest = 0;
  frames.forEach((frame, index) => {
    const isAbove = above.has(index);
    const left = isAbove ? 0 : ((frame.offsetNs - from) / whole) * width;
    const length = isAbove ? width : (frame.totalNs / whole) * width;
    if (!isAbove && (left + length <= 0.01 || left >= width - 0.01 || length < LEAST_PX || (zoomed >= 0 && frame.depth < frames[zoomed].depth))) return;
    deepest = Math.max(deepest, frame.depth);
    drawn.push({ frame, index, left, length, isAbove });
  });

  // From the element that has the focus, for keys may come faster than they are drawn.
  function onKeyDown(event) {
    const at = Number(event.target.dataset.frame);
    const next = { ArrowUp: () => frames[at].parent, ArrowDown: () => drawn.find((each) => each.frame.parent === at)?.index, ArrowRight: () => beside(at, 1), ArrowLeft: () => beside(at, -1) }[event.key];
    if (!next || Number.isNaN(at)) return;
    event.preventDefault();
    box.current.querySelector(`[data-frame="${next()}"]`)?.focus();
  }

  // The frame of the same depth to the right or left.
  function beside(at, step) {
    const row = drawn.filter((each) => each.frame.depth === frames[at].depth);
    return row[row.findIndex((each) => each.index === at) + step]?.index;
  }

  const late = frames.reduce((sum, each) => sum + (each.totalNs === 0 ? each.spanCount : 0), 0);
  const told = pointed >= 0 && pointed < frames.length ? pointed : zoomed;
  return html`<div class="flame-view">
    <div class="flame-told" aria-live="polite">${told < 0
      ? html`<span class="muted">Point at a frame for its figures, click to zoom in.${data.omitted > 0 && ` ${counted(data.omitted, "small frame")} left out.`}${late > 0 && ` ${counted(late, "span")} took no time within that of what called ${late === 1 ? "it" : "them"}, as work that goes on afterwards: see the waterfall.`}</span>`
      : html`<${Told} traceId=${traceId} frame=${frames[told]} whole=${data.totalNs} onSpan=${onSpan} />`}
      ${zoomed >= 0 && html`<button type="button" class="control" onClick=${() => zoomTo(-1)}><${Icon} name="zoomOut" size=${14} /> The whole graph</button>`}</div>
    <div ref=${box} class="flame" role="group" aria-label="Flame graph" onKeyDown=${onKeyDown} onPointerLeave=${() => setPointed(-1)}>
      <div class="flame-frames" style=${{ height: `${(deepest + 1) * ROW_PX}px` }}>
        ${drawn.map(({ frame, index, left, length, isAbove }) => html`<button key=${frame.spanId} type="button" data-frame=${index} tabindex=${index === focused || (index === 0 && !drawn.some((each) => each.index === focused)) ? 0 : -1}
          class=${classes("frame", isAbove && "above", index === zoomed && "zoomed", frame.errorCount > 0 && "failed")} aria-label=${spoken(frame, data.totalNs)}
          style=${{ "--c": colourOf(frame.service), transform: `translate(${left.toFixed(1)}px, ${frame.depth * ROW_PX}px)`, width: `${Math.max(length - 1, 1).toFixed(1)}px` }}
          onPointerEnter=${() => setPointed(index)} onFocus=${() => { setFocused(index); setPointed(index); }} onClick=${() => zoomTo(index === zoomed ? -1 : index)}>
          ${length > TEXT_FROM_PX && html`${frame.errorCount > 0 && html`<${Icon} name="errors" size=${12} />`}<bdi class="cut">${cut(frame.operation) || "(no name)"}</bdi>`}</button>`)}
      </div>
    </div>
  </div>`;
}

function Told({ traceId, frame, whole, onSpan }) {
  return html`<i class="swatch" style=${{ background: colourOf(frame.service) }}></i><b class="cut"><bdi>${cut(frame.operation) || "(no name)"}</bdi></b> <bdi class="muted cut">${cut(frame.service)}</bdi>
    <span>${duration(frame.durationNs ?? frame.totalNs)}</span><span class="muted">${percent(frame.totalNs / (whole || 1))} of the trace</span><span>${duration(frame.selfNs)} <span class="muted">itself</span></span><span>${counted(frame.spanCount, "span")}</span>
    ${frame.errorCount > 0 && html`<span class="error-text">${count(frame.errorCount)} failed</span>`}
    <a href=${traceHref(traceId, { span: frame.spanId })} onClick=${(event) => leads(event, () => onSpan(frame.spanId))}>${frame.spanCount > 1 ? "Slowest span" : "The span"}</a>`;
}

function spoken(frame, whole) {
  return `${cut(frame.operation) || "no name"}, ${cut(frame.service)}, ${percent(frame.totalNs / (whole || 1))}, ${counted(frame.spanCount, "span")}${frame.errorCount ? `, ${frame.errorCount} failed` : ""}`;
}

// The frames with the index of each one's parent: the last one before it that is one level up.
function withParents(frames) {
  const last = [];
  return frames.map((frame, index) => {
    last[frame.depth] = index;
    return { ...frame, parent: frame.depth > 0 ? last[frame.depth - 1] ?? -1 : -1 };
  });
}

function path(frames, index) {
  const found = [];
  for (let at = index; at >= 0; at = frames[at].parent) found.unshift(at);
  return found;
}
