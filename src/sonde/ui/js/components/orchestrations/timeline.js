// An orchestration in true time: phases as bands, components as lanes with spans as bars and events as marks.

import { counted, duration, shortened } from "../../lib/format.js";
import { classes, html, useMemo } from "../../lib/html.js";
import { packed } from "../../lib/packing.js";
import { useWidth } from "../../lib/width.js";
import { TickMarks } from "../tick_marks.js";
import { Lane } from "./lane.js";

const BAND_PX = 22;
const LEAST_SHARE = 0.004;

// window: { fromNs, toNs } that is shown. phase: the one that is looked at alone, or "". folded: lanes (by their place)
// that are closed. onPhase(name), onComponent(name), onFold(place), onEvent(id).
export function Timeline({ found, window, phase, component, folded, onPhase, onComponent, onFold, onEvent }) {
  const [box, width] = useWidth();
  const { fromNs, toNs } = window;
  const whole = Math.max(1, toNs - fromNs);
  const share = (ns) => `${(100 * Math.min(1, Math.max(0, (ns - fromNs) / whole))).toFixed(3)}%`;
  const length = (startNs, endNs) => `${(100 * Math.max(0, Math.min(toNs, endNs) - Math.max(fromNs, startNs)) / whole).toFixed(3)}%`;
  const scale = { fromNs, toNs, whole, share, length, least: whole * LEAST_SHARE };
  const bands = found.bands.filter((band) => band.startNs !== null && (phase ? band.phase === phase || (band.startNs < toNs && band.endNs > fromNs) : true));
  const marks = useMemo(() => marksOf(found.bands), [found]);
  return html`<section class="panel-box orchestration-timeline" aria-label="Phases and components in true time">
    <div class="lane-axis" aria-hidden="true"><span></span><${TickMarks} box=${box} widthPx=${width} fromNs=${fromNs} toNs=${toNs} /></div>
    ${bands.length > 0 && html`<div class="phase-row"><h2>Phases</h2><${Bands} bands=${bands} scale=${scale} phase=${phase} onPhase=${onPhase} /></div>`}
    ${found.lanes.map((lane, place) => html`<${Lane} key=${lane.component} lane=${lane} marks=${marks.get(lane.component) ?? []} scale=${scale} isFolded=${folded.has(place)} isAlone=${Boolean(component)} onFold=${() => onFold(place)} onAlone=${() => onComponent(component ? "" : lane.component)} onEvent=${onEvent} />`)}
    ${found.lanes.length === 0 && html`<p class="muted calm">Nothing of it is in this part.</p>`}
  </section>`;
}

function Bands({ bands, scale, phase, onPhase }) {
  const placed = packed(bands.map((band, id) => ({ id, parent: null, startNs: band.startNs, endNs: band.endNs })), scale.whole * 0.02);
  return html`<div class="phase-bands" style=${{ height: `${Math.max(1, placed.count) * BAND_PX}px` }}>
    ${bands.map((band, at) => html`<button key=${at} type="button" class=${classes("phase-band", band.violationCount > 0 && "violated", band.isOpen && "running", phase === band.phase && "chosen")} aria-pressed=${String(phase === band.phase)}
      style=${{ left: `min(${scale.share(band.startNs)}, calc(100% - 8px))`, width: scale.length(band.startNs, band.endNs), top: `${placed.rows.get(at) * BAND_PX}px` }} title=${`${saidOf(band)}. ${phase === band.phase ? "Show all phases" : "Show this phase alone"}`} onClick=${() => onPhase(phase === band.phase ? "" : band.phase)}><bdi class="cut">${shortened(band.phase, 80)}</bdi></button>`)}
  </div>`;
}

export function saidOf(band) {
  const more = [
    counted(band.spanCount, "span"),
    counted(band.eventCount, "event"),
    band.errorCount + band.errorEventCount > 0 && counted(band.errorCount + band.errorEventCount, "error"),
    band.violationCount > 0 && counted(band.violationCount, "violation"),
  ].filter(Boolean);
  return `${shortened(band.phase, 100)}: ${band.isOpen ? "goes on" : duration(band.endNs - band.startNs)}, ${more.join(", ")}`;
}

// The events that are told, by component.
function marksOf(bands) {
  const found = new Map();
  for (const band of bands) {
    for (const event of band.events) {
      if (!found.has(event.component)) found.set(event.component, []);
      found.get(event.component).push(event);
    }
  }
  return found;
}
