from __future__ import annotations

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram

from sonde.sdk.configuration import Configuration
from sonde.sdk.resource import ProcessResource, attributes_of


def test_what_the_user_says_wins() -> None:
    made = attributes_of(
        Configuration(
            service_name="shop",
            service_version="2",
            environment="test",
            resource_attributes={
                "service.instance.id": "seven",
                "host.name": "mine",
                "service.name": "other",
            },
        )
    )
    assert made["service.name"] == "shop"
    assert made["service.instance.id"] == "seven"
    assert made["host.name"] == "mine"
    assert (made["service.version"], made["deployment.environment.name"]) == ("2", "test")


def test_it_is_one_object_that_changes() -> None:
    resource = ProcessResource({"process.pid": 1})
    assert resource.merge(ProcessResource({"process.pid": 2})) is resource
    resource.describe({"process.pid": 3})
    assert dict(resource.attributes) == {"process.pid": 3}
    assert resource != ProcessResource({"process.pid": 3})


def test_a_detector_that_the_program_asks_for_is_asked(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import sonde
sonde.configure(instrument=False)
with sonde.span("order"): pass
""",
        {"OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "os"},
    )
    assert collector.spans[0].resource["os.type"] == "linux"


@pytest.mark.parametrize("value", [None, object(), {"a": 1}, b"x", ["a", 1]])
def test_an_attribute_of_any_type_does_no_harm(value: object) -> None:
    made = attributes_of(Configuration(resource_attributes={"odd": value, "team": "blue"}))
    assert dict(ProcessResource(made).attributes)["team"] == "blue"
