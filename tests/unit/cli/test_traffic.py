from __future__ import annotations

from itertools import pairwise

from sonde.cli.traffic import SERVICES, Trace, Traffic
from sonde.cli.traffic_metrics import Totals
from sonde.cli.traffic_records import Records

HOUR_NS = 3600 * 10**9
END_NS = 1_784_116_800_000_000_000


def make(seed: int = 1, count: int = 300, **more: tuple[str, ...]) -> list[Trace]:
    return list(Traffic(seed, **more).traces(count, END_NS - HOUR_NS, END_NS))


def test_the_same_seed_makes_the_same_traffic() -> None:
    assert make(7) == make(7)
    assert make(7) != make(8)


def test_traffic_has_errors_slow_calls_logs_and_events() -> None:
    traces = make()
    spans = [span for trace in traces for span in trace.spans]
    logs = [log for trace in traces for log in trace.logs]
    assert len(traces) == 300
    assert {span.service for span in spans} == set(SERVICES)
    assert 0 < sum(bool(span.error) for span in spans) < len(spans) / 5
    assert {log.severity for log in logs} == {"INFO", "WARN", "ERROR"}
    assert any(log.event_name == "order.paid" for log in logs)


def test_spans_lie_within_their_parents() -> None:
    for trace in make():
        by_id = {span.span_id: span for span in trace.spans}
        roots = [span for span in trace.spans if not span.parent_id]
        assert len(roots) == 1
        assert trace.spans[0] is roots[0]
        for span in trace.spans:
            assert span.end_ns >= span.start_ns
            if span.parent_id:
                parent = by_id[span.parent_id]
                assert parent.start_ns <= span.start_ns <= span.end_ns <= parent.end_ns


def test_services_and_components_can_be_named() -> None:
    traces = make(services=("a", "b"), components=("tool", "command"))
    spans = [span for trace in traces for span in trace.spans]
    assert {span.service for span in spans} == {"a", "b"}
    assert {span.component for span in spans} == {"tool", "command"}


def test_traces_begin_within_the_time_asked_for_in_order() -> None:
    starts = [trace.spans[0].start_ns for trace in make()]
    assert all(earlier < later for earlier, later in pairwise(starts))
    assert starts[0] >= END_NS - HOUR_NS
    assert starts[-1] < END_NS


def test_metrics_count_what_the_traffic_had() -> None:
    from opentelemetry.sdk.metrics.export import Histogram
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    traces = make()
    totals = Totals(END_NS - HOUR_NS)
    totals.add(traces)
    data = totals.as_metrics(
        END_NS, lambda service: Resource({"service.name": service}), InstrumentationScope("x")
    )
    counted = 0
    for resource in data.resource_metrics:
        for metric in resource.scope_metrics[0].metrics:
            if isinstance(metric.data, Histogram):
                counted += sum(point.count for point in metric.data.data_points)
    assert counted == sum(span.kind == "server" for trace in traces for span in trace.spans)


def test_records_are_one_a_request_and_change_nothing_else() -> None:
    traces = make(count=200)
    made = Records(1, ("tool", "command", "fragment", "chat", "other")).add_to(traces)
    assert made == Records(1, ("tool", "command", "fragment", "chat", "other")).add_to(traces)
    assert [trace.spans for trace in made] == [trace.spans for trace in traces]
    assert [list(trace.logs[:-1]) for trace in made] == [list(trace.logs) for trace in traces]
    records = [trace.logs[-1] for trace in made]
    assert {record.event_name for record in records} == {"tool", "command", "fragment", "chat"}
    assert all(record.component == record.event_name for record in records)
    assert {record.severity for record in records} == {"INFO", "ERROR"}
    chats = [record.attributes for record in records if record.event_name == "chat"]
    assert all({"gen_ai.request.model", "gen_ai.usage.input_tokens"} <= chat.keys() for chat in chats)
    assert all("correlation.id" in record.attributes for record in records)


def test_without_a_kind_of_record_there_is_none() -> None:
    traces = make(count=3)
    assert Records(1, ("web",)).add_to(traces) == traces


def test_metrics_count_the_records() -> None:
    from opentelemetry.sdk.metrics.export import Histogram, Sum
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    totals = Totals(END_NS - HOUR_NS)
    totals.add(Records(1, ("tool", "chat")).add_to(make(count=50)))
    data = totals.as_metrics(
        END_NS, lambda service: Resource({"service.name": service}), InstrumentationScope("x")
    )
    metrics = [metric for resource in data.resource_metrics for metric in resource.scope_metrics[0].metrics]
    counted = [each.data for each in metrics if each.name == "sonde.record.count"]
    timed = [each.data for each in metrics if each.name == "sonde.record.duration"]
    assert sum(point.value for each in counted if isinstance(each, Sum) for point in each.data_points) == 50
    assert sum(p.count for each in timed if isinstance(each, Histogram) for p in each.data_points) == 50
