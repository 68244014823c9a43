"""Requests of OTLP made of records, without their secrets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan

from sonde.sdk.export.otlp import Request, log_record, metrics_request, span_message
from sonde.sdk.instrument.genai import normalise, with_cost
from sonde.sdk.scrubbing import Scrubber

Record = TypeVar("Record")


class Encode(Protocol):
    """Makes a request of records; without pauses, in a hurry."""

    def __call__(self, records: Sequence[Any], hurry: bool = False, /) -> bytes:
        """The request's body."""
        ...


# Whoever works gives up the interpreter's lock only when asked, and others ask after waiting 5 ms: so long a
# request of the program would wait for a batch. It is given up after a fraction of a millisecond instead, for
# long enough that a thread that waits wakes up.
_SLICE: Final = 16
_PAUSE_S: Final = 0.00005


def span_encoder(scrubber: Scrubber | None) -> Encode:
    """Encodes spans, those of AI calls all alike and with their cost, without their secrets."""

    def encode(records: Sequence[ReadableSpan], hurry: bool = False) -> bytes:
        request = Request(scrubber and scrubber.attributes)
        for span in _in_slices(records, hurry):
            span = normalise(span)
            if scrubber is not None:
                span = scrubber.span(span)
            request.add(span.resource, span.instrumentation_scope, span_message(span))
        return request.finish()

    return encode


def log_encoder(scrubber: Scrubber | None) -> Encode:
    """Encodes log records, those of chats with their cost, without their secrets."""

    def encode(records: Sequence[ReadableLogRecord], hurry: bool = False) -> bytes:
        request = Request(scrubber and scrubber.attributes)
        for record in _in_slices(records, hurry):
            record = _priced(record)
            if scrubber is not None:
                record = scrubber.log(record)
            request.add(record.resource, record.instrumentation_scope, log_record(record))
        return request.finish()

    return encode


def _priced(record: ReadableLogRecord) -> ReadableLogRecord:
    written = record.log_record
    attributes = with_cost(written.attributes, written.timestamp)
    if attributes is written.attributes:
        return record
    priced = copy(written)
    priced.attributes = attributes
    return replace(record, log_record=priced)


def metrics_encoder(scrubber: Scrubber | None) -> Encode:
    """Encodes what a reader collected, one collection a request, without the secrets in its attributes."""
    scrub = scrubber and scrubber.attributes

    def encode(collected: Sequence[MetricsData], hurry: bool = False) -> bytes:
        return metrics_request(collected[0], scrub)

    return encode


def _in_slices(records: Sequence[Record], hurry: bool) -> Iterator[Record]:
    for at, record in enumerate(records):
        if at % _SLICE == _SLICE - 1 and not hurry:
            time.sleep(_PAUSE_S)
        yield record
