"""Commands of Click and Typer become records by themselves."""

from __future__ import annotations

from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

CLICK = """
import click, sonde
sonde.configure()

@click.group()
def cli(): pass

@cli.command()
@click.option("--password")
@click.option("--count", default=1)
def build(password, count):
    if password == "exit":
        raise SystemExit(3)
    if password == "click":
        raise click.ClickException("no such target")
    if password == "crash":
        raise ValueError("broken")

cli()
"""
TYPER = """
import typer, sonde
sonde.configure()
app = typer.Typer()
jobs = typer.Typer()
app.add_typer(jobs, name="jobs")

@jobs.command()
def run(target: str, force: bool = False):
    if target == "exit":
        raise typer.Exit(4)

@app.command()
def other(): pass

app()
"""


def command(collector: Collector) -> dict[str, object]:
    """What the one record says."""
    (received,) = [each.record for each in collector.logs if each.record.event_name == "command"]
    return {**values(received.attributes), "severity": received.severity_text}


def test_a_click_command_is_recorded_by_its_path_without_values(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(CLICK, None, arguments=["build", "--password", "hunter2"])
    record = command(collector)
    assert record["sonde.record.name"] == "program.py build"
    assert record["sonde.status"] == "success"
    assert record["process.exit.code"] == 0
    assert record["sonde.command.parameters"] == ["password"]
    assert float(str(record["sonde.record.duration_ms"])) >= 0
    assert "hunter2" not in str(collector.logs)


def test_the_exit_code_of_a_click_command_is_the_one_of_its_process(
    collector: Collector, run_program: RunProgram
) -> None:
    for password, code, error in (
        ("exit", 3, "SystemExit"),
        ("click", 1, "click.exceptions.ClickException"),
        ("crash", 1, "ValueError"),
    ):
        collector.logs.clear()
        run_program(CLICK, returncode=code, arguments=["build", "--password", password])
        record = command(collector)
        assert record["process.exit.code"] == code
        assert record["error.type"] == error
        assert (record["sonde.status"], record["severity"]) == ("error", "ERROR")


def test_a_typer_command_is_recorded(collector: Collector, run_program: RunProgram) -> None:
    run_program(TYPER, arguments=["jobs", "run", "all", "--force"])
    record = command(collector)
    assert record["sonde.record.name"] == "program.py jobs run"
    assert record["sonde.command.parameters"] == ["force", "target"]
    assert record["process.exit.code"] == 0


def test_the_exit_code_of_a_typer_command_is_recorded(collector: Collector, run_program: RunProgram) -> None:
    run_program(TYPER, returncode=4, arguments=["jobs", "run", "exit"])
    assert command(collector)["process.exit.code"] == 4


def test_a_command_that_is_not_to_be_instrumented_is_left_alone(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(CLICK, {"SONDE_INSTRUMENT": "false"}, arguments=["build"])
    assert [each.record.event_name for each in collector.logs] == []
