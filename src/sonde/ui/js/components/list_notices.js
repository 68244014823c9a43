// What stands where a list of records would: nothing sent yet, nothing found, a failure; with buttons that help.

import { ago, counted, dateTime, shortened } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { setParams } from "../lib/route.js";
import { topTerms } from "../lib/terms.js";
import { RANGES, bounds, isRelative, rangeLabel, setRange, timeRange } from "../lib/time.js";
import { Empty, Problem, Skeleton, Snippet } from "./notices.js";

const EVER = "3650d";
const PADDING_MS = 15 * 60e3;

// path: the list at the API. what: "traces". newestOf(page): when its newest record was (ISO 8601), if it has one.
export function NothingFound({ q, path, what, newestOf, onSearch }) {
  const range = timeRange();
  const newest = useQuery(path, { since: EVER, limit: 1 }, { refresh: true });
  if (!newest.data && !newest.error) return html`<${Skeleton} rows=${3} />`;
  const last = newest.data && newestOf(newest.data);
  if (newest.data && !last) return html`<${NothingSent} what=${what} />`;
  const terms = topTerms(q);
  const lastMs = last ? Date.parse(last) : NaN;
  const { fromMs, toMs } = bounds(range);
  const isOutside = lastMs < fromMs || lastMs > toMs;
  return html`<${Empty} title=${`No ${what} ${q ? "match" : "are there"} in ${rangeWords(range)}.`}>
    ${isOutside && html`<p class="muted">The newest ${what} of all are from ${dateTime(lastMs)} (${ago(lastMs)}).</p>`}
    <div class="ways-out">
      <${WiderRanges} range=${range} />
      ${isOutside && html`<button type="button" onClick=${() => setRange(lastMs - PADDING_MS, lastMs + PADDING_MS)}>Around the newest</button>`}
    </div>
    ${terms.length > 0 && html`<p class="muted">Or look for less:</p><div class="ways-out">
      ${terms.length > 1 && terms.slice(0, 12).map((term) => html`<button key=${term} type="button" onClick=${() => onSearch(terms.filter((each) => each !== term).join(" "))}>without <code><bdi>${shortened(term, 60)}</bdi></code></button>`)}
      <button type="button" onClick=${() => onSearch("")}>${terms.length > 1 ? `without all ${counted(terms.length, "term")}` : html`without <code><bdi>${shortened(terms[0], 60)}</bdi></code>`}</button>
    </div>`}
  <//>`;
}

// How to send the first records.
export function NothingSent({ what }) {
  const server = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return html`<${Empty} title=${`This server has no ${what} yet.`}>
    <p>Run a Python program, as it is, so that it sends what it does:</p>
    <${Snippet} text=${`SONDE_URL=${server} sonde run python app.py`} label="Copy the command" />
    <p>Or let any OpenTelemetry SDK or Collector send here:</p>
    <${Snippet} text=${`export OTEL_EXPORTER_OTLP_ENDPOINT=${server}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`} label="Copy the settings" />
    <p>Or look around with made up data:</p>
    <${Snippet} text=${`sonde generate --url ${server}`} label="Copy the command" />
  <//>`;
}

// A failure of a list. What took too long is asked again for less time.
export function ListProblem({ error, retry }) {
  const { fromMs, toMs } = bounds();
  return html`<${Problem} error=${error} retry=${retry} />
    ${error.status === 504 && html`<div class="ways-out"><button type="button" class="primary" onClick=${() => setRange(toMs - (toMs - fromMs) / 4, toMs)}>Ask for the last quarter of this range</button></div>`}`;
}

// Buttons to the statuses that there are, where the one asked for left nothing.
export function OtherStatuses({ statuses }) {
  return statuses.map((status) => html`<button key=${status} type="button" onClick=${() => setParams({ status })}>With the status <bdi>${shortened(status, 40)}</bdi></button>`);
}

// Buttons to look further back.
export function WiderRanges({ range }) {
  const names = Object.keys(RANGES);
  const wider = isRelative(range) ? names.slice(names.indexOf(range.since) + 1).slice(-3) : ["24h", "7d", "30d"];
  return wider.map((since) => html`<button key=${since} type="button" onClick=${() => setParams({ since, until: "" })}>Last ${RANGES[since]}</button>`);
}

function rangeWords(range) {
  return isRelative(range) ? `the last ${RANGES[range.since] ?? range.since}` : rangeLabel(range, dateTime);
}
