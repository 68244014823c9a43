// The first visit: lines that send something here, to copy.

import { html, useMemo } from "../../lib/html.js";
import { Snippet } from "../notices.js";

// keysNeeded: whether senders need a key.
export function Welcome({ keysNeeded = false }) {
  const server = new URL(".", document.baseURI).href.replace(/\/$/, "");
  const curl = useMemo(() => oneSpan(server, keysNeeded), [server, keysNeeded]);
  return html`<section class="welcome" aria-labelledby="welcome-title">
    <h2 id="welcome-title">Nothing has arrived yet</h2>
    <p class="muted"><span class="pulse" aria-hidden="true"></span> This page looks again by itself and shows what comes. The server takes OpenTelemetry at <code>${server}</code>.</p>
    ${keysNeeded && html`<p>It wants a key with the scope <code>ingest</code>: <code>sonde keys create</code> makes one. Put it in place of <code>KEY</code>.</p>`}
    <div class="welcome-ways">
      <${Way} title="A Python program, as it is" does="OpenTelemetry instruments its libraries, no line changes." text=${[
        "pip install opentelemetry-distro opentelemetry-exporter-otlp && opentelemetry-bootstrap -a install",
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${server} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${keysNeeded ? ' OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20KEY"' : ""}`,
        "opentelemetry-instrument --service_name my-app python app.py",
      ].join("\n")} />
      <${Way} title="A Python program, with Sonde's SDK" does=${html`In a clone of Sonde’s repository: <code>pip install .</code> Then begin the program so:`} text=${[
        "import sonde",
        `sonde.configure(service_name="my-app", endpoint="${server}"${keysNeeded ? ', api_key="KEY"' : ""})`,
        'with sonde.span("hello", {"user.id": 42}): print("hello")',
      ].join("\n")} />
      <${Way} title="One span, from any shell" does="It is stored when the answer comes." text=${curl} />
      <${Way} title="Made-up traffic" does="A web shop with slow and failing requests, to look around." text=${`sonde generate --count 500 --url ${server}${keysNeeded ? " --api-key KEY" : ""}`} />
    </div>
  </section>`;
}

function Way({ title, does, text }) {
  return html`<div class="way"><h3>${title}</h3><p class="muted">${does}</p><${Snippet} text=${text} label=${`Copy: ${title}`} /></div>`;
}

function oneSpan(server, keysNeeded) {
  const end = Date.now();
  const span = { traceId: randomHex(16), spanId: randomHex(8), name: "hello", kind: 1, startTimeUnixNano: `${end - 250}000000`, endTimeUnixNano: `${end}000000` };
  const body = { resourceSpans: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "my-app" } }] }, scopeSpans: [{ spans: [span] }] }] };
  return [`curl ${server}/v1/traces -H 'Content-Type: application/json' \\`, keysNeeded && "  -H 'Authorization: Bearer KEY' \\", `  -d '${JSON.stringify(body)}'`].filter(Boolean).join("\n");
}

function randomHex(size) {
  return [...crypto.getRandomValues(new Uint8Array(size))].map((each) => each.toString(16).padStart(2, "0")).join("");
}
