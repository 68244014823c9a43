// What stands on the home page while nothing is in the chosen time: the way to what is older, or to the first span.

import { ago, dateTime } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";
import { href, setParams } from "../../lib/route.js";
import { RANGES, isRelative, rangeLabel, timeRange } from "../../lib/time.js";
import { Empty, Skeleton } from "../notices.js";
import { Ingest } from "./ingest.js";
import { Welcome } from "./welcome.js";

const EVER = "3650d";

export function NothingNow({ status }) {
  const newest = useQuery("spans", { since: EVER, limit: 1 });
  const logs = useQuery("logs", { since: EVER, limit: 1 });
  if (!newest.data && !newest.error) return html`<${Skeleton} rows=${6} />`;
  const last = newest.data?.spans[0]?.startedAt;
  if (last) return html`<${Older} last=${last} />`;
  return html`<div class="home-top">
    <div class="panel-box welcome-box">
      ${logs.data?.logs.length > 0 && html`<p>There are <a href=${href("/logs", { since: "30d" })}>logs</a>, but no spans yet.</p>`}
      <${Welcome} keysNeeded=${status.data?.keysNeeded ?? false} />
    </div>
    <${Ingest} answer=${status} />
  </div>`;
}

function Older({ last }) {
  const range = timeRange();
  const ageMs = Date.now() - Date.parse(last);
  const enough = Object.keys(RANGES).find((since) => ageMs < LENGTH_MS[since]);
  return html`<${Empty} title=${`No spans in ${isRelative(range) ? `the last ${RANGES[range.since] ?? range.since}` : rangeLabel(range, dateTime)}.`}>
    <p>The newest span began ${ago(last)}, at ${dateTime(last)}. This page looks again by itself.</p>
    <p>${enough && html`<button type="button" class="primary" onClick=${() => setParams({ since: enough, until: "" })}>Show the last ${RANGES[enough]}</button>`}
      ${" "}<a class="button" href="#/traces?since=${Date.parse(last) - 900_000}&until=${Date.parse(last) + 900_000}">Traces around the newest</a></p>
  <//>`;
}

const LENGTH_MS = { "5m": 3e5, "15m": 9e5, "1h": 36e5, "6h": 216e5, "24h": 864e5, "7d": 6048e5, "30d": 2592e6 };
