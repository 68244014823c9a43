"""OTLP over gRPC. Handlers get the raw bytes of a message: decoding is the intake's.

Source: OpenTelemetry Protocol specification 1.11, "OTLP/gRPC".
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import grpc
import grpc.aio

from sonde.decode import Signal
from sonde.errors import Overloaded, SondeError
from sonde.receive.compression import too_large
from sonde.receive.intake import Intake
from sonde.receive.responses import export_response, status_protobuf

SERVICES = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

# The library refuses a message above its own limit before we see it. Somewhat above ours, so that the
# common case is refused with our message and counted.
HEADROOM_BYTES = 1024 * 1024

STREAMS_PER_CONNECTION = 64

log = logging.getLogger("sonde.receive")

Context = grpc.aio.ServicerContext[bytes, bytes]
Handler = Callable[[bytes, Context], Awaitable[bytes]]


def create_grpc_server(intake: Intake, admit: Callable[[str], str]) -> grpc.aio.Server:
    """A gRPC server with the three OTLP services and no port yet.

    `admit` gives the tenant for a call's `authorization`; raises Unauthenticated or Forbidden.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", intake.max_bytes + HEADROOM_BYTES),
            ("grpc.max_concurrent_streams", STREAMS_PER_CONNECTION),
            ("grpc.so_reuseport", 0),
        ]
    )
    server.add_generic_rpc_handlers(
        tuple(
            grpc.method_handlers_generic_handler(
                service, {"Export": grpc.unary_unary_rpc_method_handler(_export(signal, intake, admit))}
            )
            for signal, service in SERVICES.items()
        )
    )
    return server


def _export(signal: Signal, intake: Intake, admit: Callable[[str], str]) -> Handler:
    async def export(request: bytes, context: Context) -> bytes:
        intake.counters.requests["grpc", signal] += 1
        reserved = 0
        try:
            tenant = admit(_authorization(context))
            if len(request) > intake.max_bytes:
                raise too_large(intake.max_bytes)
            intake.admission.reserve(len(request))
            reserved = len(request)
            accepted = await intake.accept(signal, request, tenant=tenant)
            return export_response(signal, accepted.rejected, accepted.reasons)
        except SondeError as error:
            intake.counters.refused[signal, error.code] += 1
            refusal = _refusal(error)
        except Exception:
            log.exception("cannot answer an export of %s", signal)
            error = SondeError("something went wrong in the server; its log says what")
            intake.counters.refused[signal, error.code] += 1
            refusal = _refusal(error)
        finally:
            intake.admission.release(reserved)
        # What `abort` raises keeps this frame, by way of the context, until the collector of cycles comes by.
        del request
        return await context.abort(*refusal)

    return export


def _authorization(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization" and isinstance(value, str):
            return value
    return ""


def _refusal(error: SondeError) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """What a call is aborted with. RetryInfo only on overload: elsewhere it would invite a useless retry."""
    metadata = (("grpc-status-details-bin", status_protobuf(error)),) if isinstance(error, Overloaded) else ()
    message = f"{error.message} ({error.hint})" if error.hint else error.message
    return grpc.StatusCode[error.grpc_status], message, metadata
