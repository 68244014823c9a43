// What to do when nothing has arrived: lines to copy.

import { h } from "../lib/dom.js";
import { snippet } from "./notices.js";

export function welcome(range) {
  const url = location.href.replace(/[?#].*$/, "").replace(/\/$/, "");
  return h("section", { class: "notice welcome" },
    h("p", {}, h("b", {}, `Nothing received in the last ${range}.`), " This page looks again by itself; choose a longer time below for what is older."),
    h("p", {}, "Send what a Python program does, without changing it:"),
    snippet([
      "pip install opentelemetry-distro opentelemetry-exporter-otlp && opentelemetry-bootstrap -a install",
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
      "opentelemetry-instrument --service_name my-app python app.py",
    ].join("\n")),
    h("p", {}, "Or one span, from any shell:"),
    snippet(oneSpan(url)),
    h("p", {}, "Or sample data:"),
    snippet(`sonde generate --count 100 --url ${url}`));
}

function oneSpan(url) {
  const end = Date.now();
  const span = {
    traceId: randomHex(16), spanId: randomHex(8), name: "hello", kind: 1,
    startTimeUnixNano: `${end - 250}000000`, endTimeUnixNano: `${end}000000`,
  };
  const body = {
    resourceSpans: [{
      resource: { attributes: [{ key: "service.name", value: { stringValue: "my-app" } }] },
      scopeSpans: [{ spans: [span] }],
    }],
  };
  return `curl ${url}/v1/traces -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

function randomHex(bytes) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
