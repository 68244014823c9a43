// Sends one trace, one log record, one event and some metric points with the stock exporters, and prints the ids.
// node send.mjs http/json|http/protobuf http://127.0.0.1:4318 SERVICE
import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const [protocol, url, service] = process.argv.slice(2);
const kind = protocol === 'http/json' ? 'http' : 'proto';
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${kind}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${kind}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${kind}`);

const resource = resourceFromAttributes({ 'service.name': service, 'service.version': '1.2.3' });
const compression = process.env.COMPRESSION ?? 'none';
const to = (path) => ({ url: `${url}/v1/${path}`, compression });

const tracerProvider = new BasicTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(to('traces')))],
});
const loggerProvider = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to('logs')) })],
});
const meterProvider = new MeterProvider({
  resource,
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(to('metrics')), exportIntervalMillis: 3_600_000 })],
});

const tracer = tracerProvider.getTracer('shop', '0.1');
const parent = tracer.startSpan('order.place', { kind: SpanKind.SERVER, attributes: { 'order.items': 3, 'order.total': 12.5, express: true, tags: ['a', 'b'] } });
const child = tracer.startSpan('card.charge', { kind: SpanKind.CLIENT }, trace.setSpan(context.active(), parent));
child.recordException(new Error('card declined'));
child.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
child.end();
parent.end();

const logger = loggerProvider.getLogger('shop');
const inParent = trace.setSpan(context.active(), parent);
logger.emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: 'stock is low', attributes: { sku: 'A-1' }, context: inParent });
logger.emit({ eventName: 'order.placed', severityNumber: SeverityNumber.INFO, body: { total: 12.5 }, context: inParent });

const meter = meterProvider.getMeter('shop');
meter.createCounter('orders', { unit: '{order}' }).add(5, { region: 'eu' });
meter.createHistogram('order.duration', { unit: 'ms' }).record(40, { region: 'eu' });
meter.createObservableGauge('queue.depth').addCallback((result) => result.observe(7));

await tracerProvider.shutdown();
await loggerProvider.shutdown();
await meterProvider.shutdown();
metrics.disable();
console.log(JSON.stringify({ traceId: parent.spanContext().traceId, parent: parent.spanContext().spanId, child: child.spanContext().spanId }));
