"""OTLP over gRPC, where the package `grpcio` is installed.

Source: OpenTelemetry protocol specification, OTLP/gRPC: which statuses may be tried again.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import grpc

from sonde.sdk.export.answer import Answer, Verdict, rejected_in

_SERVICES: Final[Mapping[str, str]] = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
_of_parents: Final[list[Any]] = []
_LATER: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_NOT_REACHED: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class GrpcTransport:
    """Calls the service of one signal at `address` (`http://host:port`, `https://…` or `host:port`)."""

    def __init__(
        self,
        address: str,
        signal: str,
        headers: Mapping[str, str],
        *,
        compress: bool,
        certificate: str = "",
        client_certificate: str = "",
        client_key: str = "",
    ) -> None:
        self.address = address
        parts = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
        self._target = parts.netloc
        self._secure = parts.scheme == "https"
        self._method = f"/{_SERVICES[signal]}/Export"
        self._metadata = tuple(headers.items())
        self._compression = grpc.Compression.Gzip if compress else grpc.Compression.NoCompression
        self._tls_files = (certificate, client_key, client_certificate)
        self._channel: Any = None

    def send(self, body: bytes, timeout_s: float) -> Answer:
        """Call the service once."""
        try:
            if self._channel is None:
                self._channel = self._open()
            call = self._channel.unary_unary(self._method)
            answer = call(body, timeout=timeout_s, metadata=self._metadata, compression=self._compression)
        except grpc.RpcError as error:
            return _answer(error)
        except (OSError, ValueError) as error:
            return Answer(Verdict.LATER, str(error), reached=False)
        return Answer(Verdict.TAKEN, "OK", rejected=rejected_in(answer))

    def close(self) -> None:
        """Close the channel."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def abandon(self) -> None:
        """Leave the channel to the parent, but keep it: closing it would wait for the parent's threads."""
        _of_parents.append(self._channel)
        self._channel = None

    def _open(self) -> Any:
        if not self._secure:
            return grpc.insecure_channel(self._target)
        roots, key, chain = (Path(path).read_bytes() if path else None for path in self._tls_files)
        return grpc.secure_channel(self._target, grpc.ssl_channel_credentials(roots, key, chain))


def _answer(error: Any) -> Answer:
    code = error.code()
    detail = f"{code.name} {error.details() or ''}".strip()
    if code in _LATER:
        # Exhausted without a time to come back is not to be tried again, says the specification.
        after = _retry_after(error)
        if code is not grpc.StatusCode.RESOURCE_EXHAUSTED or after is not None:
            return Answer(Verdict.LATER, detail, after, reached=code not in _NOT_REACHED)
        if "larger than max" in detail:
            return Answer(Verdict.TOO_LARGE, detail)
    return Answer(Verdict.REFUSED, detail)


def _retry_after(error: Any) -> float | None:
    """Seconds of `google.rpc.RetryInfo` in the status' details."""
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            for detail in Status.FromString(value).details:
                info = RetryInfo()
                if detail.Unpack(info):
                    return info.retry_delay.seconds + info.retry_delay.nanos / 1e9
    return None
