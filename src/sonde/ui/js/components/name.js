// The name of a component or operation out of data: cut where it is long, its writing direction kept to itself.

import { colourOf } from "../lib/colours.js";
import { shortened } from "../lib/format.js";
import { html } from "../lib/html.js";

const MOST = 160;
const MOST_IN_TITLE = 600;

// A component, with its colour.
export function ComponentName({ name }) {
  return html`<span class="component-name" title=${shortened(name, MOST_IN_TITLE)}><i class="swatch" style=${{ background: colourOf(name) }}></i><bdi class="cut">${shortened(name, MOST) || "(no name)"}</bdi></span>`;
}

export function DataText({ text, otherwise = "" }) {
  return html`<bdi class="cut" title=${shortened(text, MOST_IN_TITLE)}>${shortened(text, MOST) || otherwise}</bdi>`;
}
