"""What is hard to encode arrives all the same."""

from __future__ import annotations

from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

PROGRAM = """
import sonde

class Hostile:
    def __repr__(self): raise RuntimeError("no")

sonde.configure(service_name="hostile", instrument=False)
ring = {}
ring["ring"] = ring
deep = []
for _ in range(5000):
    deep = [deep]

with sonde.span("lone surrogate \\ud800", text="\\udfff", **{"\\ud800": 1}) as span:
    span.add_event("\\ud800", {"a": "\\ud800"})
    span.set_status(sonde.current_span().status.status_code.ERROR, "\\ud800")
with sonde.span("huge int", value=1 << 100_000, list=[1 << 80]): pass
with sonde.span("million", text="x" * 1_000_000): pass
with sonde.span("many", {f"a{n}": n for n in range(10_000)}): pass
with sonde.span("object", value=Hostile(), nested=[Hostile(), ring, deep], **{"": None}): pass
try:
    with sonde.span("raises"):
        raise ValueError("\\ud800" * 1_000_000)
except ValueError: pass
sonde.event("event \\ud800", "\\ud800", value=Hostile(), text="\\ud800")
print(sonde.flush())
"""


def test_every_span_and_event_arrives_whatever_it_holds(
    run_program: RunProgram, collector: Collector
) -> None:
    done = run_program(PROGRAM)
    assert done.stdout == "True\n"
    assert "Traceback" not in done.stderr
    assert collector.names() == ["lone surrogate ?", "huge int", "million", "many", "object", "raises"]
    held = {each.record.name: values(each.record.attributes) for each in collector.spans}
    assert held["lone surrogate ?"]["text"] == "?"
    assert held["lone surrogate ?"]["?"] == 1
    assert held["huge int"]["list"] == [str(1 << 80)]
    assert held["million"]["text"].endswith("… truncated (1000000 characters)")
    assert held["many"]["a0"] == 0
    assert held["object"]["value"] == "<Hostile: RuntimeError>"
    assert collector.span("raises").events[0].name == "exception"
    (event,) = (each.record for each in collector.logs if each.record.event_name)
    assert event.event_name == "event ?"
    assert event.body.string_value == "?"
