"""Orchestrations as four components tell them: many traces, five phases, an event with every fourth span.

Small ones follow each other, some at a time; large ones go on all the time, a quarter of all spans: theirs
lie in every part of the table.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from bench.server_process import SondeServer

COMPONENTS: Final = ("orchestrator", "daemon", "webapp", "harness")
PHASES: Final = ("plan", "build", "review", "merge", "done")
SPANS_A_TRACE: Final = 10
SPANS_A_REQUEST: Final = 5_000
EVENT_EVERY: Final = 4
LARGE_SHARE: Final = 0.25
AT_A_TIME: Final = 6
# What waits in the journal is then stored before more comes, however busy the machine.
_REQUESTS_A_FLUSH: Final = 10
_MS: Final = 1_000_000


def send_orchestrations(
    server: SondeServer, spans: int, small: list[str], large: list[str], start_ns: int, period_ns: int
) -> int:
    """Sends so many spans of these orchestrations, in turn, and their events; how many events."""
    events = 0
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for number, (traces, logs, told) in enumerate(_requests(spans, small, large, start_ns, period_ns)):
            if number % _REQUESTS_A_FLUSH == 0:
                server.flush()
            for path, body in (("/v1/traces", traces), ("/v1/logs", logs)):
                answer = client.post(path, content=body, headers={"content-type": "application/x-protobuf"})
                answer.raise_for_status()
            events += told
    server.flush()
    return events


def _requests(
    spans: int, small: list[str], large: list[str], start_ns: int, period_ns: int
) -> Iterator[tuple[bytes, bytes, int]]:
    rng = random.Random(11)
    step_ns = period_ns // max(1, spans)
    made = 0
    while made < spans:
        traces, logs = ExportTraceServiceRequest(), ExportLogsServiceRequest()
        resource = traces.resource_spans.add()
        resource.resource.attributes.append(_attribute("service.name", "builder"))
        scope = resource.scope_spans.add()
        told = logs.resource_logs.add()
        told.resource.attributes.append(_attribute("service.name", "builder"))
        records = told.scope_logs.add().log_records
        for _ in range(SPANS_A_REQUEST // SPANS_A_TRACE):
            now = made * len(small) // spans + rng.randrange(AT_A_TIME)
            of = rng.choice(large) if rng.random() < LARGE_SHARE else small[min(now, len(small) - 1)]
            component = COMPONENTS[rng.randrange(len(COMPONENTS))]
            said = [
                _attribute("sonde.orchestration.id", of),
                _attribute("sonde.component", component),
                _attribute("sonde.phase", PHASES[min(len(PHASES) - 1, made * len(PHASES) // spans)]),
            ]
            trace_id, parent = rng.randbytes(16), b""
            for place in range(SPANS_A_TRACE):
                at_ns = start_ns + made * step_ns
                span = scope.spans.add(
                    trace_id=trace_id,
                    span_id=rng.randbytes(8),
                    parent_span_id=parent,
                    name=f"{component}.step_{place}",
                    kind=1,  # pyright: ignore[reportArgumentType] -- internal
                    start_time_unix_nano=at_ns,
                    end_time_unix_nano=at_ns + rng.randrange(1, 200) * _MS,
                )
                span.attributes.extend(said)
                span.attributes.append(_attribute("sonde.subject", f"task_{rng.randrange(5_000)}"))
                parent = parent or span.span_id
                if made % EVENT_EVERY == 0:
                    record = records.add(
                        time_unix_nano=at_ns,
                        trace_id=trace_id,
                        span_id=span.span_id,
                        event_name="projection.skip" if made % 8 else "projection.write",
                        severity_number=9,  # pyright: ignore[reportArgumentType] -- INFO
                    )
                    record.body.string_value = f"task_{made}: unchanged"
                    record.attributes.extend(said)
                    record.attributes.append(_attribute("sonde.reason", "unchanged"))
                made += 1
        yield traces.SerializeToString(), logs.SerializeToString(), len(records)


def _attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
