// Usage by a dimension: who or what took the tokens, and what they cost.

import { count, dollars, shortened } from "../../lib/format.js";
import { classes, html, useRef } from "../../lib/html.js";
import { entityHref, sessionHref, term, tracesHref } from "../../lib/links.js";
import { useSteadyOrder } from "../../lib/order.js";
import { param, setParams } from "../../lib/route.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";

const NUMBERS = [
  { name: "Calls", sort: "calls", of: (each) => each.calls, number: true },
  { name: "Errors", sort: "errors", of: (each) => each.errors, number: true },
  { name: "Tokens in", sort: "input", of: (each) => each.inputTokens, number: true, title: "With those from a cache" },
  { name: "Cached", sort: "cached", of: (each) => each.cachedTokens, number: true, title: "Of the tokens in, those read from a cache" },
  { name: "Out", sort: "output", of: (each) => each.outputTokens, number: true, title: "With those of reasoning" },
  { name: "Reasoning", sort: "reasoning", of: (each) => each.reasoningTokens, number: true, title: "Of the tokens out" },
  { name: "Cost", sort: "cost", of: (each) => each.costUsd ?? -1, title: "US dollars, by the prices of now, and their share of all" },
];

export function UsageTable({ usage, by, question, isStale }) {
  const columns = [{ name: by[0].toUpperCase() + by.slice(1), sort: "value", of: (each) => each.value, ascending: true }, ...NUMBERS];
  const sorted = sorting(param("sort"), columns, by === "day" ? "-value" : "-cost");
  const rows = useSteadyOrder(usage.rows, { key: (each) => each.value, compare: sorted.compare, question: `${question} ${sorted.value}`, isStale });
  const whole = usage.total.costUsd || 0;
  const body = useRef(null);
  useRowKeys(body, "row");
  return html`<div class="table-box"><table class=${classes("ai-usage stacked", isStale && "stale")} aria-label=${`Usage by ${by}`}>
    <${SortHead} columns=${columns} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
    <tbody ref=${body}>${rows.map((each) => html`<tr key=${each.value}>
      <td class="main-cell"><a class="row-link" href=${hrefOf(by, each.value)}><bdi class="cut">${shortened(each.value, 200) || "(none)"}</bdi></a></td>
      <td data-name="Calls" class="number">${count(each.calls)}</td>
      <td data-name="Errors" class=${classes("number", each.errors > 0 ? "error-text" : "muted")}>${count(each.errors)}</td>
      <td data-name="Tokens in" class="number">${count(each.inputTokens)}</td>
      <td data-name="Cached" class="number muted">${count(each.cachedTokens)}</td>
      <td data-name="Out" class="number">${count(each.outputTokens)}</td>
      <td data-name="Reasoning" class="number muted">${count(each.reasoningTokens)}</td>
      <td data-name="Cost"><span class="share"><b title=${each.unpricedCalls > 0 ? `${count(each.unpricedCalls)} calls without a price` : null}>${dollars(each.costUsd)}${each.unpricedCalls > 0 && each.costUsd !== null ? " +" : ""}</b>${whole > 0 && html`<span class="meter" aria-hidden="true"><span style=${{ width: `${Math.min(100, (100 * (each.costUsd ?? 0)) / whole)}%` }}></span></span>`}</span></td>
    </tr>`)}</tbody>
  </table></div>`;
}

const SEARCHED = {
  provider: ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"],
  model: ["gen_ai.response.model", "gen_ai.request.model", "llm.model_name"],
  operation: ["gen_ai.operation.name", "llm.request.type", "openinference.span.kind"],
  user: ["user.id", "enduser.id"],
  component: ["component"],
};

// The page of what a row is about, or the traces with its calls.
function hrefOf(by, value) {
  if (by === "session" && value) return sessionHref(value);
  if (by === "entity" && value.includes(":")) return entityHref(value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1));
  if (by === "day") return tracesHref("has:gen_ai.operation.name", { since: String(Date.parse(value)), until: String(Date.parse(value) + 86_400e3), every: "" });
  if (!value || value.length > 200 || !SEARCHED[by]) return tracesHref("has:gen_ai.operation.name");
  return tracesHref(SEARCHED[by].map((key) => term(key, value)).join(" OR "));
}
