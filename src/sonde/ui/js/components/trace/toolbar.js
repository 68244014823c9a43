// What is shown of a trace, and how: the views, the search inside, levels, logs, critical path, zoom.

import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";

const VIEWS = [["waterfall", "Waterfall", "w", "traces"], ["flame", "Flame graph", "f", "flame"], ["operations", "Operations", "o", "json"]];
const LEVELS = 9;
const STEP = 2;

export function currentView() {
  const view = param("view");
  return VIEWS.some(([name]) => name === view) ? view : "waterfall";
}

export function ViewTabs() {
  const now = currentView();
  const choose = (view) => setParams({ view: view === "waterfall" ? "" : view }, { replace: true });
  useKeys(VIEWS.map(([name, words, key]) => ({ keys: key, does: words, run: () => choose(name) })));
  function onKeyDown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = VIEWS[(VIEWS.findIndex(([name]) => name === now) + step + VIEWS.length) % VIEWS.length][0];
    choose(next);
    event.currentTarget.querySelector(`#tab-${next}`).focus();
  }
  return html`<div class="tabs trace-tabs" role="tablist" aria-label="Views of the trace" onKeyDown=${onKeyDown}>
    ${VIEWS.map(([name, words, key]) => html`<button key=${name} id=${`tab-${name}`} type="button" role="tab" aria-selected=${String(name === now)} aria-controls="trace-view" tabindex=${name === now ? 0 : -1} title=${`${words} (${key})`} onClick=${() => choose(name)}>${words}</button>`)}
  </div>`;
}

export function WaterfallTools({ overview, tree, window: shown }) {
  const level = Number(param("level")) || 0;
  const hasLogs = param("logs") === "1";
  const dims = param("critical") === "1";
  const toggle = (name, isOn) => setParams({ [name]: isOn ? "" : "1" }, { replace: true });
  useKeys([
    { keys: "l", does: "Logs among the spans", run: () => toggle("logs", hasLogs) },
    { keys: "c", does: "Only the critical path at full strength", run: () => toggle("critical", dims) },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], does: "Unfold so many levels", run: (event) => tree.level(Number(event.key)) },
    { keys: "*", does: "Unfold everything", run: () => tree.level(0) },
    { keys: ["+", "="], does: "Zoom in", run: () => shown.zoom(STEP) },
    { keys: ["-", "_"], does: "Zoom out", run: () => shown.zoom(1 / STEP) },
    { keys: "0", does: "The whole time", run: () => shown.show(0, shown.whole, { push: true }) },
    { keys: "z", does: "Zoom to the span", run: () => tree.zoomTo() },
  ]);
  // How many rows there are with so many levels.
  const sums = overview.levels.reduce((all, number) => [...all, (all.at(-1) ?? 0) + number], []).slice(0, Math.max(LEVELS, level));
  return html`<div class="waterfall-tools">
    <label class="control-label"><span class="visually-hidden">Levels unfolded</span>
      <select class="control" title="Levels unfolded (1 to 9, * for all)" value=${String(level)} onChange=${(event) => tree.level(Number(event.target.value))}>
        <option value="0">All levels</option>
        ${sums.slice(0, -1).map((sum, index) => html`<option key=${index} value=${String(index + 1)}>${index + 1} ${index ? "levels" : "level"} (${count(sum)})</option>`)}
        ${level > sums.length - 1 && level > 0 && html`<option value=${String(level)}>${level} levels</option>`}
      </select></label>
    <button type="button" class="control" aria-pressed=${String(hasLogs)} title="Logs among the spans (l)" onClick=${() => toggle("logs", hasLogs)}><${Icon} name="logs" size=${14} /> <span class="wide-only">Logs</span></button>
    <button type="button" class="control" aria-pressed=${String(dims)} title="Only the critical path at full strength (c)" onClick=${() => toggle("critical", dims)}><i class="critical-sign"></i> <span class="wide-only">Critical path</span></button>
    <div class="joined" role="group" aria-label="Zoom">
      <button type="button" class="control" aria-label="Zoom out" title="Zoom out (-)" disabled=${shown.isWhole} onClick=${() => shown.zoom(1 / STEP)}>−</button>
      <button type="button" class="control" aria-label="The whole time" title="The whole time (0)" disabled=${shown.isWhole} onClick=${() => shown.show(0, shown.whole, { push: true })}>Fit</button>
      <button type="button" class="control" aria-label="Zoom in" title="Zoom in (+)" onClick=${() => shown.zoom(STEP)}>+</button>
    </div>
  </div>`;
}
