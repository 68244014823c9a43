"""The parts of a configured SDK: resource, providers, pipelines and the exporter behind them."""

from __future__ import annotations

import logging
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import Sampler

from sonde import semconv
from sonde.sdk import ai_content, forking, runtime
from sonde.sdk.complaints import complain
from sonde.sdk.configuration import LOCAL_HOSTS, Configuration
from sonde.sdk.exit import before_the_end
from sonde.sdk.export.answer import Transport
from sonde.sdk.export.encoding import Encode, log_encoder, metrics_encoder, span_encoder
from sonde.sdk.export.exporter import Exporter
from sonde.sdk.export.lane import WORTH_A_REQUEST, Lane
from sonde.sdk.export.metrics import QueueingReader, free_locks
from sonde.sdk.export.pipelines import LogPipeline, SpanPipeline, log_bytes, span_bytes
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.export.spool import Spool
from sonde.sdk.instrument import switch_on
from sonde.sdk.instrument.genai_records import observe
from sonde.sdk.logs import CaptureOptions, start_capture
from sonde.sdk.process_metrics import measure_process
from sonde.sdk.resource import INSTANCE, ProcessResource, attributes_of, detected
from sonde.sdk.sampling import SamplingOptions, make_keeper, make_sampler, sampler_from_environment
from sonde.sdk.scrubbing import Scrubber, ScrubOptions
from sonde.sdk.sentry import keep_propagating
from sonde.sdk.stats import Tally

if TYPE_CHECKING:
    from sonde.sdk.console import ConsoleProcessor

_log: Final = logging.getLogger("sonde")
_MIB: Final = 1024 * 1024
# Collections of metrics are totals: a few are as good as many.
_COLLECTIONS: Final = 4
_COLLECTION_BYTES: Final = 64 * 1024


class Telemetry:
    """Made by `configure()`, once a process; `apply` gives it another configuration.

    Providers that the program has set up with OpenTelemetry stay: what they make is sent as well, with
    their own sampler and resource.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._detected = detected()
        self.resource = ProcessResource(attributes_of(configuration, self._detected))
        self.tally = Tally()
        self.sampler = _sampler(configuration)
        self._spans: BoundedQueue[ReadableSpan] = _queue(configuration, span_bytes)
        self._logs: BoundedQueue[ReadableLogRecord] = _queue(configuration, log_bytes)
        self._metrics: BoundedQueue[MetricsData] = BoundedQueue(
            _COLLECTIONS, _COLLECTIONS * _COLLECTION_BYTES, lambda _collected: _COLLECTION_BYTES
        )
        self.exporter = Exporter(
            self.tally, interval_s=configuration.export_interval_s, local=is_local(configuration.base)
        )
        self.exporter.lanes = self._lanes()
        enough = _enough(configuration)
        self.span_pipeline = SpanPipeline(self.exporter, self._spans, enough=enough)
        self.span_pipeline.keeper = make_keeper(self.sampler)
        self.span_pipeline.observe = observe
        self.log_pipeline = LogPipeline(self.exporter, self._logs, enough=enough)
        self.reader = QueueingReader(
            self._metrics,
            self.tally,
            interval_s=configuration.metrics_interval_s,
            temporality=configuration.metrics_temporality,
        )
        self._console: ConsoleProcessor | None = None
        self.exporter.collectors += [self._propagate, self.span_pipeline.collect, self.reader.collect_if_due]

    def join_providers(self) -> None:
        """Become OpenTelemetry's providers, or join those of the program."""
        signals = self.configuration.signals
        self.tracer_provider = self._join_tracer_provider("traces" in signals)
        self.logger_provider = self._join_logger_provider("logs" in signals)
        self.meter_provider = self._join_meter_provider("metrics" in signals)

    def runtime(self) -> runtime.Runtime:
        """What Sonde's own API goes through."""
        return runtime.Runtime(
            tracer=self.tracer_provider.get_tracer(runtime.SCOPE),
            logger=self.logger_provider.get_logger(runtime.SCOPE),
            meter=self.meter_provider.get_meter(runtime.SCOPE),
            announce=self.span_pipeline.announce,
            code_places=self.configuration.code_places,
        )

    def begin(self) -> None:
        """Start what stands around the pipelines: metrics of the process, logs, libraries, the end."""
        if self.configuration.metrics_process:
            measure_process(self.meter_provider.get_meter(runtime.SCOPE))
        self._propagate()
        forking.in_child(self.forget)
        before_the_end(self.end, self.flush_last)
        self._switch()
        self._measure_from_now_on()

    def apply(self, configuration: Configuration) -> None:
        """Change to another configuration, also after `end`. What waits goes where the new one says.

        Which signals are sent and whether counters are totals stays as it was.
        """
        self.configuration = configuration
        same = {INSTANCE: self.resource.attributes[INSTANCE]}
        self.resource.describe({**attributes_of(configuration, self._detected), **same})
        self.sampler = _sampler(configuration)
        sampled: Any = self.tracer_provider
        if isinstance(sampled, TracerProvider) and sampled.resource is self.resource:
            # Tracers remember the sampler that their provider had when they were made.
            for each in (sampled, *getattr(sampled, "_tracers", {}).values()):
                each.sampler = self.sampler
        self.span_pipeline.keep_by(make_keeper(self.sampler))
        for queue in (self._spans, self._logs):
            queue.limit(configuration.export_queue_max, int(configuration.export_queue_mb * _MIB))
        self._metrics.limit(_COLLECTIONS, _COLLECTIONS * _COLLECTION_BYTES)
        self.reader.interval_s = configuration.metrics_interval_s
        self.span_pipeline.enough = self.log_pipeline.enough = _enough(configuration)
        self.exporter.change(
            self._lanes(), configuration.export_interval_s, local=is_local(configuration.base)
        )
        runtime.install(self.runtime())
        self._switch()
        self._measure_from_now_on()

    def end(self, timeout_s: float | None = None) -> None:
        """Send everything, within `timeout_s` (None: the setting), and stop. Says once what was dropped."""
        if self.exporter.ended:
            return
        self.span_pipeline.drain()
        if self._console is not None:
            self._console.shutdown()
        self.exporter.end(self.configuration.export_exit_timeout_s if timeout_s is None else timeout_s)
        for queue in (self._spans, self._logs, self._metrics):
            queue.limit(0, 0)
        lost = self.exporter.stats()
        if lost.dropped:
            _log.warning("telemetry was dropped: %s", lost.in_words())

    def flush_last(self, timeout_s: float | None = None) -> None:
        """Send everything because the process may end at once."""
        self.span_pipeline.drain()
        self.exporter.flush(
            self.configuration.export_exit_timeout_s if timeout_s is None else timeout_s, last=True
        )

    def forget(self) -> None:
        """In a forked child: begin anew, as the process that it is."""
        self.resource.describe(attributes_of(self.configuration, self._detected))
        free_locks(self.meter_provider)
        self.exporter.forget()

    def _propagate(self, _now: bool = False) -> None:
        # Again and again: another library may put its propagator in the place of ours at any time.
        keep_propagating(self.tracer_provider)

    def _switch(self) -> None:
        """Logs, libraries and the console, as the configuration says."""
        configuration = self.configuration
        start_capture(
            self.logger_provider if configuration.capture_logs and "logs" in configuration.signals else None,
            CaptureOptions(service_name=str(self.resource.attributes[semconv.SERVICE_NAME])),
        )
        self._switch_console(configuration.console)
        ai_content.choose(ai_content.ContentOptions(configuration.ai_content, configuration.ai_max_chars))
        report = switch_on(configuration.instrument)
        for name, why in report.failed.items():
            complain(f"cannot instrument {name}: %s", why)
        if report.missing:
            complain(
                "no instrumentation for %s is installed; see `sonde instrument`", ", ".join(report.missing)
            )

    def _measure_from_now_on(self) -> None:
        # Metrics are sent also by a process that records nothing else. A forked child's wait for its first
        # record: most of them live for a moment, or become another program.
        if "metrics" in self.configuration.signals:
            self.exporter.start()

    def _switch_console(self, on: bool) -> None:
        if on and self._console is None and isinstance(self.tracer_provider, TracerProvider):
            from sonde.sdk.console import ConsoleProcessor

            self._console = ConsoleProcessor()
            self.tracer_provider.add_span_processor(self._console)
        elif self._console is not None:
            self._console.switched_on = on

    def _lanes(self) -> list[Lane]:
        configuration = self.configuration
        scrubber = _scrubber(configuration)
        spool = (
            Spool(Path(configuration.spool_dir), int(configuration.spool_max_mb * _MIB), self.tally)
            if configuration.spool_dir
            else None
        )
        ways: list[tuple[str, BoundedQueue[Any], Encode, int]] = [
            ("traces", self._spans, span_encoder(scrubber), configuration.export_batch),
            ("logs", self._logs, log_encoder(scrubber), configuration.export_batch),
            ("metrics", self._metrics, metrics_encoder(scrubber), 1),
        ]
        return [
            Lane(
                signal,
                queue,
                encode,
                _transport(configuration, signal),
                self.tally,
                batch=batch,
                timeout_s=configuration.export_timeout_s,
                retry_s=configuration.export_retry_s,
                spool=spool,
                heard=self.exporter.heard,
            )
            for signal, queue, encode, batch in ways
        ]

    def _join_tracer_provider(self, wanted: bool) -> trace.TracerProvider:
        existing = trace.get_tracer_provider()
        if not wanted:
            return trace.NoOpTracerProvider()
        if isinstance(existing, TracerProvider):
            existing.add_span_processor(self.span_pipeline)
            _log.info("the program's own TracerProvider stays as it is; its spans are sent as well")
            return existing
        made = TracerProvider(
            sampler=self.sampler,
            resource=self.resource,
            shutdown_on_exit=False,
            active_span_processor=self.span_pipeline,
        )
        if runtime.is_stand_in(existing):
            trace.set_tracer_provider(made)
        else:
            complain("the program's TracerProvider cannot be joined: only spans of Sonde's own API are sent")
        return made

    def _join_logger_provider(self, wanted: bool) -> _logs.LoggerProvider:
        existing = _logs.get_logger_provider()
        if not wanted:
            return _logs.NoOpLoggerProvider()
        if isinstance(existing, LoggerProvider):
            existing.add_log_record_processor(self.log_pipeline)
            return existing
        made = LoggerProvider(resource=self.resource, shutdown_on_exit=False)
        made.add_log_record_processor(self.log_pipeline)
        if runtime.is_stand_in(existing):
            _logs.set_logger_provider(made)
        return made

    def _join_meter_provider(self, wanted: bool) -> metrics.MeterProvider:
        existing = metrics.get_meter_provider()
        if not wanted:
            return metrics.NoOpMeterProvider()
        join = getattr(existing, "add_metric_reader", None)
        if isinstance(existing, MeterProvider) and join is not None:
            join(self.reader)
            return existing
        made = MeterProvider(metric_readers=[self.reader], resource=self.resource, shutdown_on_exit=False)
        if runtime.is_stand_in(existing):
            metrics.set_meter_provider(made)
        return made


def is_local(address: str) -> bool:
    """Whether an address is on this machine."""
    return urllib.parse.urlsplit(address).hostname in LOCAL_HOSTS


def _queue(configuration: Configuration, measure: Any) -> BoundedQueue[Any]:
    return BoundedQueue(configuration.export_queue_max, int(configuration.export_queue_mb * _MIB), measure)


def _enough(configuration: Configuration) -> int:
    """Records that are worth waking the exporter's thread for."""
    return min(configuration.export_batch, max(configuration.export_queue_max // 2, 1), WORTH_A_REQUEST)


def _sampler(configuration: Configuration) -> Sampler:
    options = SamplingOptions(
        ratio=configuration.sampling_ratio,
        always=configuration.sampling_always,
        keep_errors=configuration.sampling_keep_errors,
        keep_slow_ms=configuration.sampling_keep_slow_ms,
        memory_mb=configuration.sampling_memory_mb,
    )
    name, _, argument = configuration.sampling_sampler.partition("=")
    return sampler_from_environment(name, argument, options) if name else make_sampler(options)


def _transport(configuration: Configuration, signal: str) -> Transport:
    address = configuration.address(signal)
    how: dict[str, Any] = {
        "compress": configuration.export_compression == "gzip"
        or (configuration.export_compression == "auto" and not is_local(address)),
        "certificate": configuration.export_certificate,
        "client_certificate": configuration.export_client_certificate,
        "client_key": configuration.export_client_key,
    }
    headers = configuration.headers_for(signal)
    if configuration.protocol == "grpc":
        try:
            from sonde.sdk.export.grpc import GrpcTransport

            return GrpcTransport(address, signal, headers, **how)
        except ImportError as error:
            complain("cannot send by gRPC (%s): telemetry is sent to %s by HTTP", error, address)
    from sonde.sdk.export.http import HttpTransport

    return HttpTransport(address, headers, **how)


def _scrubber(configuration: Configuration) -> Scrubber | None:
    if not configuration.scrub_enabled:
        return None
    return Scrubber(
        ScrubOptions(
            keys=configuration.scrub_keys,
            patterns=configuration.scrub_patterns,
            emails=configuration.scrub_emails,
        )
    )
