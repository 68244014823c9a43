// The list of traces, newest first; `j`, `k` and Enter walk it.

import { h } from "../lib/dom.js";
import { ago, clock, count, duration } from "../lib/format.js";
import { onKey } from "../lib/keys.js";
import { traceHref } from "../lib/route.js";
import { skeletonRows } from "./notices.js";

const COLUMNS = [
  ["Started", ""], ["Service", "root-service wide"], ["Operation", "operation"], ["Duration", ""],
  ["Spans", "number wide"], ["Errors", "number"], ["Services", "touched wide"],
];

// `loadMore()` is called for what is older than the last row.
export function tracesList(loadMore) {
  const body = h("tbody", {}, skeletonRows(COLUMNS.length, 8));
  const more = h("div", { class: "more", hidden: true }, h("button", { type: "button", onclick: loadMore }, "Show older"));
  const title = h("h2", { id: "traces-title" }, "Newest traces");
  const element = h("section", { class: "traces", "aria-labelledby": "traces-title" },
    h("div", { class: "section-head" }, title),
    h("div", { class: "table-box" },
      h("table", {}, h("thead", {}, h("tr", {}, COLUMNS.map(([name, kind]) => h("th", { class: kind, scope: "col" }, name)))), body),
      more));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a")) location.hash = row.dataset.href;
  });
  const forget = [onKey("j", () => move(body, 1)), onKey("k", () => move(body, -1)), onKey("Enter", () => open(body))];

  return {
    element,
    // Rows are not exchanged under the pointer while the page refreshes itself.
    isHeld: () => body.matches(":hover"),
    show(traces, { hasMore, searched }) {
      const marked = body.querySelector("tr.current")?.dataset.href;
      title.textContent = searched ? "Traces found" : "Newest traces";
      const longest = Math.max(1, ...traces.map((trace) => trace.durationNs));
      body.replaceChildren(...traces.map((trace) => traceRow(trace, longest)));
      if (marked) [...body.rows].find((row) => row.dataset.href === marked)?.classList.add("current");
      if (traces.length === 0) body.append(h("tr", {}, h("td", { colspan: COLUMNS.length, class: "muted" }, nothing(searched))));
      more.hidden = !hasMore;
    },
    leave: () => forget.forEach((undo) => undo()),
  };
}

function traceRow(trace, longest) {
  const href = traceHref(trace.traceId);
  const name = trace.hasRoot ? trace.rootOperation || "(no name)" : "(root not received)";
  return h("tr", { "data-href": href },
    h("td", { title: trace.startedAt }, clock(trace.startedAt), h("span", { class: "muted wide" }, ` · ${ago(trace.startedAt)}`)),
    h("td", { class: "root-service wide clip", title: trace.rootService }, trace.rootService || "–"),
    h("td", { class: "operation clip", title: name }, h("a", { href, class: trace.hasRoot ? "" : "muted" }, name)),
    h("td", { class: "duration", vars: { share: (trace.durationNs / longest).toFixed(4) } },
      h("span", {}, trace.isOpen ? "running" : duration(trace.durationNs))),
    h("td", { class: "number wide" }, count(trace.spanCount)),
    h("td", { class: trace.errorCount ? "number error-text" : "number muted" }, count(trace.errorCount)),
    h("td", { class: "touched wide clip muted", title: trace.services.join(", ") }, trace.services.join(", ")));
}

function nothing(searched) {
  return searched ? "No trace of this time matches. A longer time range may help." : "No trace began in this time.";
}

function move(body, by) {
  const rows = [...body.querySelectorAll("tr[data-href]")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.classList.contains("current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  rows[at]?.classList.remove("current");
  next.classList.add("current");
  next.scrollIntoView({ block: "nearest" });
}

function open(body) {
  const row = body.querySelector("tr.current");
  if (!row) return false;
  location.hash = row.dataset.href;
  return true;
}
