// OpenTelemetry's web SDK, sending to Sonde by OTLP/HTTP in JSON.

import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";

const sonde = document.querySelector("meta[name=sonde]").content;
const exporter = new OTLPTraceExporter({ url: `${sonde}/v1/traces` });
const provider = new WebTracerProvider({
  resource: resourceFromAttributes({ "service.name": "chat-page", "deployment.environment.name": "demo" }),
  spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 500 })],
});
provider.register();
// fetch gets a span and the header traceparent; what goes to Sonde itself does not.
registerInstrumentations({ instrumentations: [new FetchInstrumentation({ ignoreUrls: [sonde] })] });
addEventListener("pagehide", () => provider.forceFlush());

const tracer = trace.getTracer("chat-page");

// A span, and the context to do things in: `inside(span, () => fetch(...))`.
export function start(name, attributes, parent = context.active(), kind = SpanKind.INTERNAL) {
  return tracer.startSpan(name, { attributes, kind }, parent);
}

export function inside(span, act) {
  return context.with(trace.setSpan(context.active(), span), act);
}

// Socket.IO's last argument that carries the context of `span` (see "How the context travels" in Sonde's docs).
export function carrierOf(span) {
  const fields = {};
  propagation.inject(trace.setSpan(context.active(), span), fields);
  return { $otel: fields };
}

// The context that a message brought.
export function broughtBy(carrier) {
  return propagation.extract(context.active(), carrier?.$otel ?? {});
}

export function fail(span, error) {
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: String(error.message ?? error) });
}

// Where Sonde shows the trace of `span`.
export function addressOf(span) {
  return `${sonde}/#/traces/${span.spanContext().traceId}`;
}

export { SpanKind };
