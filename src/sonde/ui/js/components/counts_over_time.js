// The histogram above a list: how many records match over time, by a field.

import { html, useMemo } from "../lib/html.js";
import { useQuery } from "../lib/query.js";
import { bounds, setRange } from "../lib/time.js";
import { Histogram, NoHistogram } from "./histogram.js";

// kinds: [{ name, colour, values }], the first at the bottom; what none of them names counts to the one without `values`.
export function CountsOverTime({ params, kinds, label, wait, isRefused }) {
  const counts = useQuery("counts", params, { wait });
  const range = useMemo(() => bounds({ since: params.since, until: params.until }), [counts.data, params.since, params.until]);
  if (!counts.data || isRefused) return html`<${NoHistogram} error=${counts.error} />`;
  const named = new Map(kinds.flatMap((kind) => (kind.values ?? []).map((value) => [value, kind.name])));
  const rest = kinds.find((kind) => !kind.values)?.name;
  const series = kinds.map((kind) => {
    const points = new Map();
    for (const one of counts.data.series) {
      if ((named.get(one.value) ?? rest) !== kind.name) continue;
      for (const [ms, number] of one.points) points.set(ms, (points.get(ms) ?? 0) + number);
    }
    return { name: kind.name, colour: kind.colour, points };
  });
  return html`<${Histogram} series=${series} range=${range} stepMs=${counts.data.stepMs} onRange=${setRange} label=${label} isStale=${counts.isStale} />`;
}
