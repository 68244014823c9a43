"""Requests of OTLP made of records, by OpenTelemetry's own encoders.

They are loaded by `configure()`, not when they are first needed: a child that is forked meanwhile could
never load them, and loading modules while the interpreter ends makes it forget that it ends by Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from opentelemetry.exporter.otlp.proto.common import metrics_encoder
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan

from sonde.sdk.instrument.genai import normalise, with_cost
from sonde.sdk.scrubbing import Scrubber

Encode = Callable[[Sequence[Any]], bytes]


def span_encoder(scrubber: Scrubber | None) -> Encode:
    """Encodes spans, those of AI calls all alike and with their cost, without their secrets."""

    def encode(spans: Sequence[ReadableSpan]) -> bytes:
        spans = [normalise(span) for span in spans]
        if scrubber is not None:
            spans = [scrubber.span(span) for span in spans]
        return encode_spans(spans).SerializeToString()

    return encode


def log_encoder(scrubber: Scrubber | None) -> Encode:
    """Encodes log records, those of chats with their cost, without their secrets."""

    def encode(records: Sequence[ReadableLogRecord]) -> bytes:
        records = [_priced(record) for record in records]
        if scrubber is not None:
            records = [scrubber.log(record) for record in records]
        return encode_logs(records).SerializeToString()

    return encode


def _priced(record: ReadableLogRecord) -> ReadableLogRecord:
    written = record.log_record
    attributes = with_cost(written.attributes, written.timestamp)
    if attributes is written.attributes:
        return record
    priced = copy(written)
    priced.attributes = attributes
    return replace(record, log_record=priced)


def encode_metrics(collected: Sequence[MetricsData]) -> bytes:
    """Encodes what a reader collected, one collection a request."""
    return metrics_encoder.encode_metrics(collected[0]).SerializeToString()
