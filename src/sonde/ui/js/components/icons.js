// Line icons of 16 units, drawn with the colour of the text. They say nothing that a label does not say.

import { html } from "../lib/html.js";

const PATHS = {
  home: "M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5",
  traces: "M2.5 4h7M4.5 8h8M7 12h6.5",
  logs: "M3 3.5h10M3 6.5h7M3 9.5h10M3 12.5h5",
  errors: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3",
  statements: "M3 4.2c0-1 2.2-1.7 5-1.7s5 .7 5 1.7-2.2 1.7-5 1.7-5-.7-5-1.7zM3 4.2v7.6c0 1 2.2 1.7 5 1.7s5-.7 5-1.7V4.2M3 8c0 1 2.2 1.7 5 1.7s5-.7 5-1.7",
  runs: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.5 5.5v5L11 8z",
  orchestrations: "M2.5 3v10M2.5 4.5h6M5.5 8h6M8.5 11.5h5",
  entities: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6",
  pipelines: "M2.5 4h4v3h-4zM9.5 4h4v3h-4zM2.5 10h11M4.5 7v3M11.5 7v3M8 10v3.5",
  sampling: "M2.5 13V8M6.2 13V3M9.8 13v-3M13.5 13V6M2.5 4.5v.3M9.8 6.5v.3",
  ai: "M2.5 3.5h11v7.5H8l-3 2.5V11H2.5zM8 5v3.5M6.3 6.7h3.4",
  status: "M2.5 8h2.7l1.6-4.5 2.6 9L11 8h2.5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  refresh: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.8V6H9.8",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  close: "m4 4 8 8m0-8-8 8",
  chevron: "m6 4 4 4-4 4",
  down: "m4 6 4 4 4-4",
  left: "m10 4-4 4 4 4",
  zoomOut: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14M5 7h4",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.2 1.2a3 3 0 0 1-4.3-4.3l1.2-1.2",
  download: "M8 2.5v7m-3-3 3 3 3-3M3 13h10",
  terminal: "m3 4.5 3.5 3.5L3 11.5M8 12h5",
  json: "M6 2.5c-2 0-2 1-2 2.5S4 8 2.5 8C4 8 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 3 1.5 3c-1.5 0-1.5 1.5-1.5 3s0 2.5-2 2.5",
  term: "M6.5 2.5 5 13.5M11 2.5 9.5 13.5M2.5 6h11M2.5 10h11",
  outside: "M9.5 3h3.5v3.5M13 3 7.5 8.5M11.5 9.5V13H3V4.5h3.5",
  filter: "M2.5 3.5h11L9.3 8.5v4l-2.6-1.5V8.5z",
  exclude: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5 8h6",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  wrap: "M2.5 4h11M2.5 8h9a2 2 0 0 1 0 4.2H8m1.8-1.8L8 12.2 9.8 14M2.5 12.2h2",
  play: "M5 3.5v9l7-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  flame: "M2.5 3.5h11M2.5 7h8M2.5 10.5h5M2.5 13.5h2.5",
  code: "m5.5 4.5-3.5 3.5 3.5 3.5M10.5 4.5 14 8l-3.5 3.5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
};

export function Icon({ name, size = 16 }) {
  return html`<svg class="icon" viewBox="0 0 16 16" width=${size} height=${size} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
