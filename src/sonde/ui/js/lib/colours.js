// A colour for each component in charts and waterfalls: the same everywhere and always, taken from its name.

import { hashOf } from "./hash.js";

const SHADES = 10; // --data-0 … --data-9 in css/colours.css

export function colourOf(name) {
  return `var(--data-${shadeOf(name)})`;
}

export function shadeOf(name) {
  const hash = hashOf(name);
  return ((hash ^ (hash >>> 13)) >>> 0) % SHADES;
}

// The value of a colour of the theme, for canvases: `paint("--accent")`.
export function paint(variable) {
  const probe = document.createElement("i");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
