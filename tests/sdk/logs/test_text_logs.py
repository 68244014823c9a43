"""Ids of spans in what a program writes itself, and what capturing must not change there."""

from __future__ import annotations

import re

import pytest
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

IDS = r" trace_id=[0-9a-f]{32} span_id=[0-9a-f]{16}"

BASIC = """
import logging, sys, sonde
{first}
logging.getLogger("app").info("outside")
with sonde.span("a"):
    logging.getLogger("app").info("inside")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("app").exception("failed")
"""
CONFIGURE, BASIC_CONFIG = "sonde.configure()", "logging.basicConfig(level=logging.INFO)"


@pytest.mark.parametrize(
    "first", [f"{CONFIGURE}\n{BASIC_CONFIG}", f"{BASIC_CONFIG}\n{CONFIGURE}"], ids=["before", "after"]
)
def test_the_basic_format_ends_with_the_ids_within_a_span(
    collector: Collector, run_program: RunProgram, first: str
) -> None:
    ran = run_program(BASIC.format(first=first))
    lines = ran.stderr.splitlines()
    assert lines[0] == "INFO:app:outside"
    assert re.fullmatch("INFO:app:inside" + IDS, lines[1])
    assert re.fullmatch("ERROR:app:failed" + IDS, lines[2])
    assert lines[3] == "Traceback (most recent call last):"
    assert [each.record.body.string_value for each in collector.logs] == ["outside", "inside", "failed"]
    assert collector.spans[0].record.trace_id.hex() in lines[1]


def test_a_format_of_the_program_s_own_shows_the_ids_where_it_asks_for_them(
    run_program: RunProgram,
) -> None:
    ran = run_program(
        """
import logging, sonde
logging.basicConfig(level=logging.INFO, format="[%(trace_id)s/%(span_id)s] %(message)s")
sonde.configure()
logging.info("outside")
with sonde.span("a") as span:
    logging.info("inside")
logging.root.handlers[0].handle(logging.makeLogRecord({"msg": "past all loggers"}))
logging.root.handlers[0].setFormatter(logging.Formatter("%(message)s"))
with sonde.span("a") as span:
    logging.info("plain")
"""
    )
    lines = ran.stderr.splitlines()
    assert lines[0] == "[/] outside"
    assert re.fullmatch(r"\[[0-9a-f]{32}/[0-9a-f]{16}\] inside", lines[1])
    assert lines[2:] == ["[/] past all loggers", "plain"]


@pytest.mark.parametrize("style", ["{", "$"])
def test_other_styles_of_the_basic_format_show_the_ids_too(run_program: RunProgram, style: str) -> None:
    ran = run_program(
        f"""
import logging, sonde
sonde.configure()
logging.basicConfig(level=logging.INFO, style="{style}")
with sonde.span("a"):
    logging.info("inside")
"""
    )
    assert re.fullmatch("INFO:root:inside" + IDS, ran.stderr.strip())


def test_a_format_made_for_opentelemetry_shows_what_it_asks_for(run_program: RunProgram) -> None:
    ran = run_program(
        """
import logging, sonde
sonde.configure(service_name="shop")
logging.basicConfig(
    level=logging.INFO,
    format="%(otelTraceID)s %(otelSpanID)s %(otelTraceSampled)s %(otelServiceName)s %(message)s",
)
logging.info("outside")
with sonde.span("a"):
    logging.info("inside")
"""
    )
    lines = ran.stderr.splitlines()
    assert lines[0] == "0 0 False shop outside"
    assert re.fullmatch("[0-9a-f]{32} [0-9a-f]{16} True shop inside", lines[1])


def test_a_format_with_ids_goes_on_working_where_nothing_is_recorded(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program(
        """
import logging, sonde
sonde.configure(enabled=False)
logging.basicConfig(level=logging.INFO, format="[%(trace_id)s] %(message)s")
logging.info("x")
sonde.record("tool", name="grep")
"""
    )
    assert ran.stderr == "[] x\n"
    assert collector.requests == []


def test_without_capturing_the_ids_are_there_all_the_same(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program(
        """
import logging, sonde
sonde.configure(capture_logs=False)
logging.basicConfig(level=logging.INFO)
with sonde.span("a"):
    logging.info("inside")
"""
    )
    assert re.fullmatch("INFO:root:inside" + IDS, ran.stderr.strip())
    assert (len(collector.spans), len(collector.logs)) == (1, 0)


def test_a_program_that_configures_no_logging_writes_what_it_wrote_before(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program(
        """
import logging, sonde
sonde.configure()
logging.getLogger("app").info("not shown")
logging.getLogger("app").warning("by the last resort")
logging.warning("configures by itself")
print("printed")
"""
    )
    assert ran.stderr == "by the last resort\nWARNING:root:configures by itself\n"
    assert ran.stdout == "printed\n"
    assert len(collector.logs) == 2


def test_capturing_survives_any_configuration_of_logging(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(
        """
import logging, logging.config, sonde
sonde.configure()
logging.basicConfig(level=logging.INFO, force=True)
logging.info("basic")
logging.config.dictConfig({
    "version": 1, "disable_existing_loggers": True,
    "handlers": {"null": {"class": "logging.StreamHandler"}},
    "root": {"level": "INFO", "handlers": ["null"]},
    "loggers": {"server": {"level": "INFO", "handlers": ["null"], "propagate": False}},
})
logging.info("dict")
logging.getLogger("server").info("does not propagate")
logging.captureWarnings(True)
import warnings
warnings.warn("careful")
logging.shutdown()
logging.info("after the shutdown of logging")
"""
    )
    logs = sorted(collector.logs, key=lambda each: each.record.time_unix_nano)
    bodies = [each.record.body.string_value for each in logs]
    assert bodies[:3] == ["basic", "dict", "does not propagate"]
    assert "UserWarning: careful" in bodies[3]
    assert bodies[4] == "after the shutdown of logging"
    assert [each.scope for each in logs][2:4] == ["server", "py.warnings"]


def test_warnings_are_not_captured_unless_the_program_says_so(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program("import sonde, warnings\nsonde.configure()\nwarnings.warn('careful')\n")
    assert "UserWarning: careful" in ran.stderr
    assert [values(each.record.attributes) for each in collector.logs] == []
