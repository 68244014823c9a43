// An execution as a grid: layers below each other, the scripts of a layer beside each other in true time.

import { duration, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { useWidth } from "../../lib/width.js";
import { TickMarks } from "../tick_marks.js";
import { PipelineStatus } from "./execution_row.js";

// onChoose(spanId). chosen: the id of the script that is looked at.
export function Grid({ execution, chosen, onChoose }) {
  const [box, width] = useWidth();
  const whole = wholeOf(execution);
  const share = (ns) => `${(100 * Math.min(1, Math.max(0, ns / whole))).toFixed(3)}%`;
  return html`<div class="pipeline-grid panel-box" role="group" aria-label="Layers of scripts in true time">
    <div class="grid-axis" aria-hidden="true"><span></span><${TickMarks} box=${box} widthPx=${width} fromNs=${0} toNs=${whole} /></div>
    ${execution.layers.map((layer) => html`<section key=${layer.index} class="grid-layer" aria-label=${`Layer ${layer.index}`}>
      <h2>Layer ${layer.index} <span class="muted">${duration(layer.endNs - layer.startNs)}</span></h2>
      ${layer.scripts.map((script) => html`<${Script} key=${script.spanId} script=${script} layer=${layer} whole=${whole} share=${share} isChosen=${script.spanId === chosen} onChoose=${onChoose} />`)}
    </section>`)}
  </div>`;
}

function Script({ script, layer, whole, share, isChosen, onChoose }) {
  const { name, status, durationNs, isOpen, startNs } = script;
  const took = isOpen ? "running" : duration(durationNs);
  const said = `${name.slice(0, 100)}, ${status}, ${took}`;
  const end = isOpen ? whole : startNs + durationNs;
  return html`<button type="button" class=${classes("grid-script", isChosen && "chosen")} data-script=${script.spanId} aria-pressed=${String(isChosen)} aria-label=${said} title=${said} onClick=${() => onChoose(script.spanId)}>
    <span class="script-name"><bdi class="cut">${shortened(name, 120) || "(no name)"}</bdi><${PipelineStatus} status=${status} /></span>
    <span class="script-time">
      <i class="layer-band" style=${{ left: share(layer.startNs), width: share(layer.endNs - layer.startNs) }}></i>
      <i class=${classes("script-bar", status)} style=${{ left: share(startNs), width: share(end - startNs) }}></i>
      <span class="script-took" style=${besideBar(startNs / whole, end / whole)}>${took}</span>
    </span>
  </button>`;
}

// After the bar, else before it, else in it.
function besideBar(from, to) {
  if (to < 0.8) return { left: `${100 * Math.max(0, to)}%` };
  return { right: `${100 - 100 * Math.min(1, from > 0.2 ? from : to)}%` };
}

// The time that the grid is wide: scripts that outlive the execution are in it.
function wholeOf({ durationNs, layers }) {
  return Math.max(1, durationNs, ...layers.map((layer) => layer.endNs));
}
