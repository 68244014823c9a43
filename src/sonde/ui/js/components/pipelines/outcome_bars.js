// How often a script ran over time, each bar in parts: what succeeded, was skipped, blocked, failed.

import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";

const WIDTH = 96;
const HEIGHT = 22;

// series: of a script, as the API has it. name: of the script.
export function OutcomeBars({ series, name }) {
  const { counts, skips, blocks, errors } = series;
  const most = Math.max(...counts, 1);
  const step = WIDTH / Math.max(counts.length, 1);
  const sum = (values) => count(values.reduce((whole, value) => whole + value, 0));
  const said = `${name.slice(0, 60)} over time: ran ${sum(counts)} times, ${sum(errors)} failed, ${sum(blocks)} blocked, ${sum(skips)} skipped`;
  return html`<svg class="sparkline outcomes" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} width=${WIDTH} height=${HEIGHT} preserveAspectRatio="none" role="img" aria-label=${said}>
    <title>${said}</title>
    ${counts.map((whole, at) => parts(whole, skips[at], blocks[at], errors[at], most).map(([outcome, from, height]) => html`<rect key=${`${at} ${outcome}`} class=${outcome} x=${(at * step).toFixed(1)} y=${(HEIGHT - from - height).toFixed(2)} width=${Math.max(step - 0.6, 0.8).toFixed(1)} height=${height.toFixed(2)} />`))}
  </svg>`;
}

// [outcome, from, height] of the parts of a bar, from below.
function parts(whole, skipped, blocked, failed, most) {
  let from = 0;
  return [["success", whole - skipped - blocked - failed], ["skipped", skipped], ["blocked", blocked], ["error", failed]].flatMap(([outcome, value]) => {
    if (!(value > 0)) return [];
    const part = [outcome, from, (value / most) * (HEIGHT - 2)];
    from += part[2];
    return [part];
  });
}
