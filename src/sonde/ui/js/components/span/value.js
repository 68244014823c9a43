// Texts out of telemetry: long ones folded, JSON laid out when asked for; and what unfolds and copies.

import { copy } from "../../lib/clipboard.js";
import { bytes, count } from "../../lib/format.js";
import { classes, html, useState } from "../../lib/html.js";
import { looksLikeJson, pretty } from "../../lib/json.js";
import { spanFolds } from "../../lib/prefs.js";
import { Icon } from "../icons.js";
import { JsonText } from "../json_text.js";

const FOLDED_CHARACTERS = 280;
const FOLDED_LINES = 6;
// A browser lays out no more at once without stopping; the rest is there to copy.
const MOST_CHARACTERS = 1_000_000;
const LONGEST_JSON = 5_000_000;

// A text. `first`: characters and lines shown before it is folded. `json`: laid out from the start.
export function Value({ text, name = "", first = FOLDED_CHARACTERS, lines = FOLDED_LINES, json = false }) {
  const [isWhole, setWhole] = useState(false);
  const [isJson, setJson] = useState(json);
  if (text === "") return html`<span class="muted">(empty)</span>`;
  const mayBeJson = text.length < LONGEST_JSON && looksLikeJson(text);
  const laidOut = isJson && mayBeJson ? pretty(text) : null;
  const whole = laidOut ?? text;
  const folded = cut(whole, first, lines);
  const isFolded = folded.length < whole.length;
  const shown = isFolded && !isWhole ? folded : whole.slice(0, MOST_CHARACTERS);
  return html`<span class="long-value">
    <bdi class=${classes("value-text", name)} dir=${laidOut === null ? null : "ltr"}>${laidOut === null ? shown : html`<${JsonText} text=${shown} />`}${shown.length < whole.length ? "…" : ""}</bdi>
    ${(isFolded || mayBeJson) && html`<span class="value-tools">
      ${isFolded && html`<button type="button" class="plain small" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Show less" : `Show all (${size(whole)})`}</button>`}
      ${mayBeJson && html`<button type="button" class="plain small" aria-pressed=${String(isJson)} onClick=${() => setJson(!isJson)}>${isJson && laidOut === null ? "Not valid JSON" : "JSON"}</button>`}
      ${isWhole && whole.length > MOST_CHARACTERS && html`<span class="muted">The first ${count(MOST_CHARACTERS)} characters; copy it for the rest.</span>`}
    </span>`}
  </span>`;
}

export function CopyButton({ text, label, said = "Copied", icon = "copy", ...others }) {
  return html`<button type="button" class="plain icon-button" aria-label=${label} title=${label} ...${others} onClick=${() => copy(text, said)}><${Icon} name=${icon} size=${14} /></button>`;
}

// A part that folds; what it was left as is remembered by its name. children: a function, so that folded parts cost nothing.
export function Fold({ name, title, number, isOpen: initially = true, tools, children }) {
  const isOpen = spanFolds.value[name] ?? initially;
  const toggle = () => { spanFolds.value = { ...spanFolds.value, [name]: !isOpen }; };
  return html`<section class=${classes("span-part", `part-${name}`)}>
    <div class="span-part-head">
      <h3><button type="button" aria-expanded=${String(isOpen)} onClick=${toggle}><${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /> ${title}${number !== undefined && html` <span class="muted">${count(number)}</span>`}</button></h3>
      ${isOpen && tools}
    </div>
    ${isOpen && html`<div class="span-part-body">${children()}</div>`}
  </section>`;
}

// The first of many things, and a button for more of them. `inList`: they are items of a list, and so is the button.
export function Capped({ items, first = 50, step = 500, what, row, inList = true }) {
  const [shown, setShown] = useState(first);
  const left = items.length - shown;
  const button = left > 0 && html`<button type="button" class="plain small show-more" key="more" onClick=${() => setShown(shown + step)}>Show ${count(Math.min(step, left))} more ${what}${left > step ? ` of ${count(left)}` : ""}</button>`;
  return html`${items.slice(0, shown).map(row)}${button && inList ? html`<li key="more">${button}</li>` : button}`;
}

function cut(text, characters, lines) {
  let end = Math.min(text.length, characters);
  let from = -1;
  for (let line = 0; line < lines; line += 1) {
    from = text.indexOf("\n", from + 1);
    if (from < 0 || from >= end) break;
    if (line === lines - 1) end = from;
  }
  // Folding has to spare something worth a click.
  if (text.length - end < 60 && text.slice(end).split("\n").length < 4) return text;
  return text.slice(0, end);
}

function size(text) {
  return text.length < 1000 ? `${text.length} characters` : bytes(text.length);
}
