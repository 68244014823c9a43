// JSON as it is written. What is written from the right in a string, or turns what comes after it, ends with the string.

import { html } from "../lib/html.js";

const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
const STRINGS = /("(?:[^"\\]|\\.)*"?)/;
// More elements than that take a browser too long.
const LONGEST = 100_000;

export function JsonText({ text }) {
  if (text.length > LONGEST || !TURNS.test(text)) return text;
  return text.split(STRINGS).map((each, at) => (at % 2 ? html`"<bdi key=${at}>${each.replace(/^"|"$/g, "")}</bdi>${each.length > 1 && each.endsWith('"') && '"'}` : each));
}
