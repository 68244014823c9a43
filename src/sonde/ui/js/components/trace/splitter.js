// The border between names and bars: dragged, or moved with the arrow keys.

import { html } from "../../lib/html.js";
import { traceSplit } from "../../lib/prefs.js";

const [LEAST, MOST, USUAL] = [0.12, 0.8, 0.38];

export function Splitter({ names, width }) {
  const set = (share) => { traceSplit.value = Math.min(Math.max(share, LEAST), MOST); };
  function drag(event) {
    event.preventDefault();
    const handle = event.currentTarget;
    const left = handle.parentElement.getBoundingClientRect().left;
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (move) => set((move.clientX - left) / width);
    handle.onpointerup = handle.onpointercancel = () => { handle.onpointermove = null; };
  }
  function key(event) {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    set(traceSplit.value + step);
  }
  return html`<div class="splitter" role="separator" tabindex="0" aria-orientation="vertical" aria-label="Width of the names" title="Drag to share the width; double click for the usual"
    aria-valuemin=${LEAST * 100} aria-valuemax=${MOST * 100} aria-valuenow=${Math.round(traceSplit.value * 100)} style=${{ left: `${names - 6}px` }}
    onPointerDown=${drag} onKeyDown=${key} onDblClick=${() => set(USUAL)}></div>`;
}
