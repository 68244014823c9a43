// The table of services; a click searches one.

import { h } from "../lib/dom.js";
import { ago, clock, count, durationMs, percent } from "../lib/format.js";
import { skeletonRows } from "./notices.js";

const COLUMNS = [
  ["Service", ""], ["Spans", "number"], ["Errors", "number"], ["Rate", "number wide"],
  ["p50", "number wide"], ["p95", "number"], ["p99", "number wide"], ["Last seen", "number wide"],
];

// `hrefOf(name)` is where a click on a service leads.
export function servicesTable(hrefOf) {
  const body = h("tbody", {}, skeletonRows(COLUMNS.length, 3));
  const element = h("section", { class: "services", "aria-labelledby": "services-title" },
    h("div", { class: "section-head" }, h("h2", { id: "services-title" }, "Services")),
    h("div", { class: "table-box" }, h("table", {},
      h("thead", {}, h("tr", {}, COLUMNS.map(([name, kind]) => h("th", { class: kind, scope: "col" }, name)))), body)));

  return {
    element,
    show(services) {
      body.replaceChildren(...services.map((service) => serviceRow(service, hrefOf(service.service))));
      if (services.length === 0) {
        body.append(h("tr", {}, h("td", { colspan: COLUMNS.length, class: "muted" }, "No service sent anything in this time.")));
      }
    },
  };
}

function serviceRow(service, href) {
  return h("tr", {},
    h("td", { class: "name clip", title: service.service }, h("a", { href }, service.service || "(no name)")),
    h("td", { class: "number" }, count(service.spanCount)),
    h("td", { class: service.errorCount ? "number error-text" : "number muted" }, count(service.errorCount)),
    h("td", { class: "number wide" }, percent(service.errorRate)),
    h("td", { class: "number wide" }, durationMs(service.p50Ms)),
    h("td", { class: "number" }, durationMs(service.p95Ms)),
    h("td", { class: "number wide" }, durationMs(service.p99Ms)),
    h("td", { class: "number wide muted", title: clock(service.lastSeen) }, ago(service.lastSeen)));
}
