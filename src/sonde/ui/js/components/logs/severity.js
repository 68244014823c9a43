// The severity of a log record: its name, with a colour besides.

import { shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";

// Numbers as in the data model of OpenTelemetry's logs.
const NAMES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

export const SEVERITY_KINDS = [
  { name: "errors", colour: "--error", values: ["ERROR", "FATAL"] },
  { name: "warnings", colour: "--warning-bar", values: ["WARN"] },
  { name: "info", colour: "--bar", values: ["INFO"] },
  { name: "debug and others", colour: "--line-strong" },
];

export function toneOf(number) {
  if (number >= 17) return "error";
  if (number >= 13) return "warning";
  return number >= 9 || number < 1 ? "" : "low";
}

export function Severity({ log }) {
  const name = NAMES[Math.floor((log.severityNumber - 1) / 4)] ?? shortened(log.severity, 12);
  return html`<bdi class=${classes("severity", toneOf(log.severityNumber))} title=${shortened(log.severity, 60)}>${name || html`<span class="muted">–</span>`}</bdi>`;
}
