"""Switching instrumentations on and off: each by itself, when its library is imported, once."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import REPOSITORY, python, run

from sonde.sdk.instrument import registry

TELL = "import json; print(json.dumps([report.on, report.waiting, dict(report.failed), report.missing]))"


def told(
    code: str, collector: Collector, **variables: str
) -> tuple[set[str], set[str], dict[str, str], set[str]]:
    """The report that a program prints: on, waiting, failed, missing."""
    done = run(python("-c", textwrap.dedent(code) + TELL), collector, **variables)
    assert done.returncode == 0, done.stderr
    on, waiting, failed, missing = json.loads(done.stdout.splitlines()[-1])
    return set(on), set(waiting), failed, set(missing)


def plugin(folder: Path, name: str, code: str, requires: str = "") -> None:
    """Install an instrumentation `name` into a folder of the path."""
    (folder / f"{name}_plugin.py").write_text(textwrap.dedent(code))
    info = folder / f"{name}_plugin-1.0.dist-info"
    info.mkdir()
    extra = (
        f'Provides-Extra: instruments\nRequires-Dist: {requires}; extra == "instruments"\n'
        if requires
        else ""
    )
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n{extra}")
    (info / "entry_points.txt").write_text(
        f"[opentelemetry_instrumentor]\n{name} = {name}_plugin:Instrumentor\n"
    )


GOOD = """
    print("imported")

    class Instrumentor:
        is_instrumented_by_opentelemetry = False

        def instrument(self, **_):
            print("on")

        def uninstrument(self):
            print("off")
"""


def test_an_instrumentation_waits_until_its_library_is_imported(collector: Collector) -> None:
    on, waiting, failed, missing = told(
        """
        import sys
        from sonde.sdk.instrument import switch_on
        report = switch_on()
        assert not {"fastapi", "redis", "django", "celery", "openai"} & set(sys.modules)
        """,
        collector,
    )
    assert {"fastapi", "flask", "django", "celery", "redis", "httpx", "sqlite3"} <= waiting
    assert (on & waiting, failed, missing) == (set(), {}, set())
    on, waiting, failed, _ = told(
        """
        from sonde.sdk.instrument import switch_on
        switch_on()
        import flask, redis
        report = switch_on()
        """,
        collector,
    )
    assert {"flask", "redis"} <= on
    assert "fastapi" in waiting
    assert failed == {}


def test_a_list_chooses_and_what_it_names_in_vain_is_missing(collector: Collector) -> None:
    on, waiting, failed, missing = told(
        "from sonde.sdk.instrument import switch_on; report = switch_on(['redis', 'cobol'])\n", collector
    )
    assert "redis" in waiting
    assert not {"flask", "httpx"} & (on | waiting)
    assert (failed, missing) == ({}, {"cobol"})


def test_one_that_fails_stops_no_other(collector: Collector, tmp_path: Path) -> None:
    plugin(tmp_path, "aardvark", "raise RuntimeError('does not load')")
    plugin(tmp_path, "bear", GOOD.replace('print("on")', "raise ValueError('no bears')"))
    plugin(tmp_path, "zebra", GOOD)
    on, _, failed, _ = told(
        "from sonde.sdk.instrument import switch_on; report = switch_on()\n",
        collector,
        PYTHONPATH=str(tmp_path),
    )
    assert failed == {"aardvark": "RuntimeError: does not load", "bear": "ValueError: no bears"}
    assert "zebra" in on


def test_dependencies_are_checked_first(collector: Collector, tmp_path: Path) -> None:
    plugin(tmp_path, "wrong", GOOD, "redis <2")
    plugin(tmp_path, "absent", GOOD, "cobol >=1")
    on, waiting, failed, _ = told(
        "from sonde.sdk.instrument import switch_on; report = switch_on()\n",
        collector,
        PYTHONPATH=str(tmp_path),
    )
    assert "redis" in failed["wrong"]
    assert "absent" not in on | waiting | set(failed)


def test_what_is_no_longer_wanted_is_switched_off_and_nothing_twice_on(
    collector: Collector, tmp_path: Path
) -> None:
    plugin(tmp_path, "zebra", GOOD)
    code = """
        from sonde.sdk.instrument import switch_off, switch_on
        for which in (["zebra"], ["zebra"], ["redis"], True):
            switch_on(which)
        switch_off()
        switch_off()
        switch_on(False)
    """
    done = run(python("-c", textwrap.dedent(code)), collector, PYTHONPATH=str(tmp_path))
    assert done.stdout.split() == ["imported", "on", "off", "on", "off"], done.stderr


def test_what_is_disabled_for_any_opentelemetry_program_stays_off(collector: Collector) -> None:
    code = "from sonde.sdk.instrument import switch_on; report = switch_on()\n"
    on, waiting, _, _ = told(code, collector, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="redis, httpx")
    assert not {"redis", "httpx"} & (on | waiting)
    assert "flask" in waiting
    on, waiting, _, _ = told(code, collector, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="*")
    assert not on | waiting


@pytest.mark.parametrize(("chosen", "seen"), [("", "db.query.text"), ("database/dup", "db.statement")])
def test_stable_names_are_used_unless_the_user_has_chosen(
    chosen: str, seen: str, collector: Collector
) -> None:
    code = "import sonde, sqlite3; sonde.configure(); sqlite3.connect(':memory:').execute('SELECT 1 AS one')"
    run(python("-c", code), collector, **({"OTEL_SEMCONV_STABILITY_OPT_IN": chosen} if chosen else {}))
    told_of = {each.key: each.value.string_value for each in collector.span("SELECT").attributes}
    assert told_of[seen] == "SELECT ? AS one"


def test_importing_an_instrumentation_first_does_no_harm(collector: Collector) -> None:
    on, _, failed, _ = told(
        """
        from sonde.sdk.instrument import switch_on
        switch_on()
        import opentelemetry.instrumentation.httpx
        report = switch_on()
        """,
        collector,
    )
    assert failed == {}
    assert "httpx" in on


def test_one_that_the_program_switched_on_itself_is_left_as_it_is(collector: Collector) -> None:
    code = """
        from opentelemetry.instrumentation.redis import RedisInstrumentor
        import sonde
        RedisInstrumentor().instrument()
        sonde.configure()
        sonde.configure(instrument=False)
        assert RedisInstrumentor().is_instrumented_by_opentelemetry
    """
    done = run(python("-c", textwrap.dedent(code)), collector)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_survey_tells_what_is_on_and_how_to_get_the_rest() -> None:
    rows = {(row.library.lower(), row.name): row for row in registry.survey()}
    fastapi = rows["fastapi", "fastapi"]
    assert fastapi.state is registry.State.ON
    assert fastapi.instrumentation.startswith("opentelemetry-instrumentation-fastapi ")
    assert rows["logging", "logging"].instrumentation == "sonde"
    for line, libraries in registry.missing_of(list(rows.values())).items():
        assert line.startswith("opentelemetry-instrumentation-")
        assert libraries
    assert all(row.requirement for row in rows.values() if row.state is registry.State.MISSING)


def test_the_survey_lists_a_library_once_where_another_instrumentation_took_the_place_of_its_first() -> None:
    (openai,) = (row for row in registry.survey() if row.library == "openai")
    assert openai.state is registry.State.ON
    assert openai.instrumentation.startswith("opentelemetry-instrumentation-genai-openai ")


def test_every_own_instrumentation_is_there() -> None:
    folder = REPOSITORY / "src" / "sonde" / "sdk" / "instrument"
    for name, own in registry.OWN.items():
        text = (folder / f"{own.module or name}.py").read_text()
        assert "def switch_on() -> None" in text
        assert "def switch_off() -> None" in text


def test_the_command_lists_and_tells_how_to_install(collector: Collector) -> None:
    listed = json.loads(run(python("-m", "sonde", "instrument", "--format", "json"), collector).stdout)
    states = {row["library"]: row["state"] for row in listed["libraries"]}
    assert states["flask"] == "on"
    table = run(python("-m", "sonde", "instrument"), collector, COLUMNS="200").stdout
    assert table.splitlines()[0].split() == ["LIBRARY", "VERSION", "NAME", "INSTRUMENTATION", "STATE"]
    lines = run(python("-m", "sonde", "instrument", "--install"), collector).stdout.splitlines()
    assert len(lines) == len({row["requirement"] for row in listed["libraries"] if row["requirement"]})
    for line in lines:
        assert line.startswith('pip install "opentelemetry-instrumentation-')
        assert "  # " in line
