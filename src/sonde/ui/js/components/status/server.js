// What the server is and where.

import { bytes, count, counted, dateTime, duration, fullTime } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { ApiLink } from "../api_link.js";
import { Card } from "../card.js";
import { CopyButton } from "../span/value.js";

export function Server({ status }) {
  const { store, limits } = status;
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return html`<${Card} title="Server" note=${`Sonde ${status.version}`}>
    <dl class="fact-pairs">
      ${status.startedAt && html`<dt>Running for</dt><dd title=${fullTime(status.startedAt)}>${duration((status.uptimeS ?? 0) * 1e9)} <span class="muted">since ${dateTime(status.startedAt)}</span></dd>`}
      <dt>This page</dt><dd><${Copied} text=${here} what="address" /></dd>
      ${status.url && status.url !== here && html`<dt>OTLP/HTTP</dt><dd><${Copied} text=${status.url} what="OTLP/HTTP address" /></dd>`}
      ${status.grpcAddress && html`<dt>OTLP/gRPC</dt><dd><${Copied} text=${status.grpcAddress} what="gRPC address" /></dd>`}
      ${status.dataDir && html`<dt>Data directory</dt><dd><${Copied} text=${status.dataDir} what="data directory" /></dd>`}
      ${store && html`<dt>Store</dt><dd>${store.kind} <span class="muted">${store.version}</span></dd>`}
      ${status.tenant && html`<dt>Tenant</dt><dd><bdi>${status.tenant}</bdi></dd>`}
      ${status.keysNeeded !== undefined && html`<dt>Keys</dt><dd>${status.keysNeeded ? "needed" : html`none needed <span class="muted">only this machine is served</span>`}</dd>`}
      <dt>Engine memory</dt><dd>${bytes(status.engineMemoryBytes)}</dd>
      ${status.followers !== undefined && html`<dt>Live</dt><dd>${counted(status.followers, "follower")}</dd>`}
    </dl>
    ${limits && html`<${Limits} limits=${limits} />`}
    <p class="card-foot"><${ApiLink} href="metrics">Figures for Prometheus<//> <${ApiLink} href="api/v1/openapi.json">The API in OpenAPI<//></p>
  <//>`;
}

function Copied({ text, what }) {
  return html`<span class="copied"><code>${text}</code> <${CopyButton} text=${text} label=${`Copy the ${what}`} /></span>`;
}

function Limits({ limits }) {
  const entries = Object.entries(limits);
  if (entries.length === 0) return null;
  return html`<details class="limits"><summary>Limits</summary><dl class="fact-pairs">${entries.map(([name, value]) => html`<dt key=${name}>${spelled(name)}</dt><dd key=${`${name} value`}>${shown(name, value)}</dd>`)}</dl></details>`;
}

// receive.max_request_mb -> max request
function spelled(name) {
  return name.replace(/^receive\./, "").replace(/_(mb|s)$/, "").replace(/[._]/g, " ");
}

function shown(name, value) {
  if (name.endsWith("_mb")) return bytes(value * 2 ** 20);
  if (name.endsWith("_s")) return duration(value * 1e9);
  return count(value);
}
