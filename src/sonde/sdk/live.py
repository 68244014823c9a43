"""A span that is under way, with a face that takes anything: OpenTelemetry's interface, never raising."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanContext,
    Status,
    StatusCode,
    format_span_id,
    format_trace_id,
)
from opentelemetry.util import types

from sonde.sdk import exceptions, runtime
from sonde.sdk.complaints import complain
from sonde.sdk.values import MAX_NAME_CHARS, acceptable, acceptable_attributes, merged, text


class LiveSpan(Span):
    """OpenTelemetry's span, safe to use: values of any type, no exception of its own.

    What the span underneath has beyond OpenTelemetry's API (`name`, `attributes`, … of its SDK) is there as
    well.
    """

    _span: Span = INVALID_SPAN

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def underlying(self) -> Span:
        """The span of OpenTelemetry's that this is the face of."""
        return self._span

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits; zeros where nothing is recorded."""
        return format_trace_id(self._span.get_span_context().trace_id)

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits; zeros where nothing is recorded."""
        return format_span_id(self._span.get_span_context().span_id)

    def set(self, attributes: Mapping[str, object] | None = None, /, **attrs: object) -> None:
        """Set attributes: `span.set(items=3, customer={"id": 7})`."""
        self.set_attributes(merged(attributes, attrs))

    def announce(self) -> None:
        """Write the span as it is now, so that it is seen, with all its attributes, before it ends."""
        runtime.announce(self._span)

    def get_span_context(self) -> SpanContext:
        return self._span.get_span_context()

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        try:
            self._span.set_attributes(acceptable_attributes(attributes))
        except Exception as error:
            complain("cannot set attributes", error=error)

    def set_attribute(self, key: str, value: Any) -> None:
        try:
            self._span.set_attribute(text(key), acceptable(value))
        except Exception as error:
            complain("cannot set an attribute", error=error)

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        try:
            self._span.add_event(
                text(name, MAX_NAME_CHARS), acceptable_attributes(attributes or {}), timestamp
            )
        except Exception as error:
            complain("cannot add an event to a span", error=error)

    def add_link(self, context: SpanContext, attributes: types.Attributes = None) -> None:
        try:
            self._span.add_link(context, acceptable_attributes(attributes or {}))
        except Exception as error:
            complain("cannot add a link to a span", error=error)

    def update_name(self, name: str) -> None:
        self._span.update_name(text(name, MAX_NAME_CHARS))

    def is_recording(self) -> bool:
        return self._span.is_recording()

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        try:
            self._span.set_status(status, None if description is None else text(description))
        except Exception as error:
            complain("cannot set the status of a span", error=error)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add the exception as an event, once in a trace; `timestamp` and `escaped` are not used."""
        try:
            exceptions.record(self._span, exception, acceptable_attributes(attributes or {}))
        except Exception as error:
            complain("cannot record an exception", error=error)

    def end(self, end_time: int | None = None) -> None:
        try:
            self._span.end(end_time)
        except Exception as error:
            complain("cannot end a span", error=error)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_val is not None and exceptions.is_failure(exc_val):
            self.fail(exc_val)
        self.end()

    def fail(self, error: BaseException) -> None:
        """Status error, `error.type`, and the exception as an event."""
        try:
            exceptions.fail(self._span, error)
        except Exception as trouble:
            complain("cannot record an exception", error=trouble)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._span, name)

    def __eq__(self, other: object) -> bool:
        return self._span is (other._span if isinstance(other, LiveSpan) else other)

    def __hash__(self) -> int:
        return hash(self._span)
