// A colour for each component in charts and waterfalls: taken from its name, so the same everywhere; where another one
// has it already, the next that none has. Which one it got is kept in this browser.

import { hashOf } from "./hash.js";

const SHADES = 10; // --data-0 … --data-9 in css/colours.css
const KEPT = "sonde.shades";
const MOST_KEPT = 500;

const shades = new Map(read());
let isKeeping = false;

export function colourOf(name) {
  return `var(--data-${shadeOf(name)})`;
}

export function shadeOf(name) {
  const hash = hashOf(name);
  const known = shades.get(hash);
  if (known !== undefined) return known;
  const own = ((hash ^ (hash >>> 13)) >>> 0) % SHADES;
  const names = Array(SHADES).fill(0);
  for (const shade of shades.values()) names[shade] += 1;
  const least = Math.min(...names);
  const free = names.findIndex((_, step) => names[(own + step) % SHADES] === least);
  shades.set(hash, (own + free) % SHADES);
  keep();
  return shades.get(hash);
}

// Once for all that a page shows first.
function keep() {
  if (isKeeping) return;
  isKeeping = true;
  queueMicrotask(() => {
    isKeeping = false;
    try {
      // What other tabs chose meanwhile stays.
      localStorage.setItem(KEPT, JSON.stringify([...new Map([...shades, ...read()])].slice(-MOST_KEPT)));
    } catch {
      // Storage is full or switched off: they last as long as the page.
    }
  });
}

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT)) ?? [];
    return found.filter(([hash, shade]) => Number.isInteger(hash) && Number.isInteger(shade) && shade >= 0 && shade < SHADES);
  } catch {
    return [];
  }
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
