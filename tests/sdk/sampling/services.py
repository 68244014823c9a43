"""Services in a chain: OpenTelemetry providers, each with a sampler and a tail keeper of its own."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler

from sonde.decode.sampling import sample_weights
from sonde.sdk.sampling import SamplingOptions, TailKeeper, make_keeper, make_sampler


class Clock:
    """A clock that tells what the test set it to, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Ids(IdGenerator):
    """Trace ids with the randomness that the test asks for."""

    def __init__(self) -> None:
        self.randomness = 0
        self._next = 0

    def generate_trace_id(self) -> int:
        self._next += 1
        return (self._next << 56) | self.randomness

    def generate_span_id(self) -> int:
        self._next += 1
        return self._next

    def is_trace_id_random(self) -> bool:
        return True


class Service(SpanProcessor):
    """What `configure()` puts together, with the exported spans in a list."""

    def __init__(
        self,
        options: SamplingOptions | None = None,
        *,
        sampler: Sampler | None = None,
        keeper: TailKeeper | None = None,
        ids: IdGenerator | None = None,
    ) -> None:
        self.sampler = sampler or make_sampler(options or SamplingOptions())
        self.keeper = keeper or make_keeper(self.sampler)
        self.exported: list[ReadableSpan] = []
        provider = TracerProvider(sampler=self.sampler, id_generator=ids, shutdown_on_exit=False)
        provider.add_span_processor(self)
        self.tracer = provider.get_tracer("test")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if self.keeper is not None:
            self.keeper.started(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        if self.keeper is not None:
            self.exported += self.keeper.ended(span)
        elif span.context is not None and span.context.trace_flags.sampled:
            self.exported.append(span)

    def tick(self) -> None:
        """What the export thread does every interval."""
        if self.keeper is not None:
            self.exported += self.keeper.expired()

    def close(self) -> None:
        """What the exit of the program does."""
        if self.keeper is not None:
            self.exported += self.keeper.drain()

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.exported]


def sent() -> dict[str, str]:
    """The headers of a request made now."""
    headers: dict[str, str] = {}
    inject(headers)
    return headers


def received(headers: dict[str, str]) -> Context:
    """The context that a request with these headers is served in."""
    return extract(headers, Context())


def trace_states(spans: Sequence[ReadableSpan]) -> list[str]:
    """The trace states as they stand in an OTLP message."""
    return [span.context.trace_state.to_header() if span.context else "" for span in spans]


def weights(spans: Sequence[ReadableSpan]) -> list[float]:
    """How many spans each of these stands for, as the server reads it."""
    import pyarrow as pa

    return sample_weights(pa.array(trace_states(spans), pa.string())).to_pylist()
