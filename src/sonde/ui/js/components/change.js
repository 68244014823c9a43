// A figure compared with the same length of time before: an arrow, how much, and whether that is for the better.

import { durationMs, percent, perSecond } from "../lib/format.js";
import { html } from "../lib/html.js";

// Less than this is noise.
const LEAST_RATIO = 1.05;
const LEAST_SHARE = 0.001;

const KINDS = {
  rate: { text: perSecond, isBad: () => false, isGood: () => false },
  latency: { text: durationMs, isBad: (ratio) => ratio >= 1.2, isGood: (ratio) => ratio <= 1 / 1.2 },
  errors: { text: percent },
};

// kind: "rate" (spans a second), "latency" (milliseconds) or "errors" (a share); `before` null or undefined: there was nothing.
export function Change({ kind, now, before }) {
  if (before === null || before === undefined || now === null || now === undefined) return html`<span class="change muted" title="Nothing to compare with in the time before">–</span>`;
  const { arrow, words, tone } = kind === "errors" ? ofShares(now, before) : ofRatio(now, before, KINDS[kind]);
  const was = `${KINDS[kind].text(before)} in the time before`;
  return html`<span class="change ${tone}" title=${was}>
    <span aria-hidden="true">${arrow} ${words}</span><span class="visually-hidden">${spoken(arrow, words)}, ${was}</span></span>`;
}

// 1.5 -> "50 %", 4 -> "4×": how much more or less.
export function timesOrPercent(ratio) {
  const much = ratio >= 1 ? ratio : 1 / ratio;
  if (!Number.isFinite(much)) return "";
  if (much >= 10) return `${Math.round(much)}×`;
  if (much >= 2) return `${Number(much.toFixed(1))}×`;
  return `${Math.round(Math.abs(ratio - 1) * 100)} %`;
}

function ofRatio(now, before, { isBad, isGood }) {
  if (before === 0) return now === 0 ? { arrow: "=", words: "", tone: "muted" } : { arrow: "↑", words: "from 0", tone: "muted" };
  const ratio = now / before;
  if (ratio < LEAST_RATIO && ratio > 1 / LEAST_RATIO) return { arrow: "≈", words: "", tone: "muted" };
  return { arrow: ratio > 1 ? "↑" : "↓", words: now === 0 ? "to 0" : timesOrPercent(ratio), tone: isBad(ratio) ? "worse" : isGood(ratio) ? "better" : "muted" };
}

function ofShares(now, before) {
  const points = now - before;
  if (Math.abs(points) < LEAST_SHARE) return { arrow: "≈", words: "", tone: "muted" };
  const tone = Math.abs(points) < 0.005 ? "muted" : points > 0 ? "worse" : "better";
  const shown = Math.abs(points * 100);
  return { arrow: points > 0 ? "↑" : "↓", words: `${shown < 10 ? shown.toFixed(1) : Math.round(shown)} pt`, tone };
}

function spoken(arrow, words) {
  return { "↑": `up ${words}`, "↓": `down ${words}` }[arrow] ?? "as";
}
