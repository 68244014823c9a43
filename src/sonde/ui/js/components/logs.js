// Log records of a trace, in the order they were written.

import { h } from "../lib/dom.js";
import { duration, nsBetween } from "../lib/format.js";

const SEVERE = { ERROR: "error-text", FATAL: "error-text", WARN: "warning-text", WARNING: "warning-text" };

// `select(spanId)` is called when a line is clicked.
export function logsSection(logs, trace, truncated, select) {
  const list = logLines(logs, trace);
  list.addEventListener("click", (event) => {
    const line = event.target.closest("li[data-span]");
    if (line && getSelection().isCollapsed) select(line.dataset.span);
  });
  const element = h("section", { class: "logs", "aria-labelledby": "logs-title" },
    h("div", { class: "section-head" },
      h("h2", { id: "logs-title" }, "Logs and events"),
      truncated && h("span", { class: "muted" }, `the first ${logs.length}`)),
    logs.length ? list : h("p", { class: "muted" }, "No log record carries the id of this trace."));
  return {
    element,
    mark(spanId) {
      for (const line of list.children) line.classList.toggle("current", Boolean(spanId) && line.dataset.span === spanId);
    },
  };
}

export function logLines(logs, trace) {
  return h("ol", {}, logs.map((log) => logLine(log, trace)));
}

function logLine(log, trace) {
  const after = nsBetween(trace.startUnixNs, log.unixNs);
  return h("li", { "data-span": log.spanId || undefined, title: log.at },
    h("span", { class: "offset" }, after < 0 ? `−${duration(-after)}` : duration(after)),
    h("span", { class: SEVERE[log.severity.toUpperCase()] ?? "muted" }, log.severity || "–"),
    h("span", { class: "from" }, log.service),
    h("span", { class: "body" }, log.eventName && h("span", { class: "event-name" }, `${log.eventName} `), log.body));
}
