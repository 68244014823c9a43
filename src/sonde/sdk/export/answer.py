"""How a backend answered a request, whatever the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Verdict(Enum):
    """What an answer means for what was sent."""

    TAKEN = "taken"
    LATER = "later"
    TOO_LARGE = "too large"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """`detail` says it in words (`503`, `connection refused`); `reached` is false where nobody answered.

    `rejected` are records that a backend which took the rest did not want (OTLP's partial success).
    """

    verdict: Verdict
    detail: str = ""
    retry_after_s: float | None = None
    reached: bool = True
    rejected: int = 0


class Transport(Protocol):
    """Sends encoded requests of one signal. Used by one thread at a time."""

    address: str

    def send(self, body: bytes, timeout_s: float) -> Answer:
        """Send one request; never raises."""
        ...

    def close(self) -> None:
        """Let go of the connection; a later request opens another."""
        ...

    def abandon(self) -> None:
        """In a forked child: let go of what the parent still uses, without a word to the backend."""
        ...


def rejected_in(body: bytes) -> int:
    """Records rejected by a backend that answered 200. The three signals' answers have the same shape."""
    if not body:
        return 0
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    try:
        return ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans
    except DecodeError:
        return 0
