"""`sonde doctor`: what is wrong here and how to mend it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import typer

from sonde.cli.groups import Server, grouped
from sonde.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sonde.cli.checks import Finding


@grouped
def command(
    format: FormatOption = None,
    *,
    server: Server,
) -> None:
    """Say what is wrong here and how to mend it.

    Looks at Python, packages, settings, data directory, store, journal, keys, ports, server and clock.
    Exits with 1 when something is wrong.

    Examples:

      sonde doctor

      sonde doctor --url https://sonde.example.com --format json
    """
    from sonde.cli.checks import State, run
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.exits import ExitCode

    findings = run(server.settings())
    seen: list[Finding] = []
    if format is None or format is Format.TABLE:
        _show(_kept(findings, seen))
    else:
        rows = [
            {"check": one.check, "state": one.state.value, "found": one.found, "mend": one.mend}
            for one in _kept(findings, seen)
        ]
        if format is Format.JSON:
            healthy = all(one.state is not State.FAIL for one in seen)
            sys.stdout.write(json.dumps({"healthy": healthy, "findings": rows}) + "\n")
        else:
            CsvWriter(sys.stdout, ("check", "state", "found", "mend")).rows(rows)
    if any(one.state is State.FAIL for one in seen):
        raise typer.Exit(ExitCode.NOTHING)


def _kept(findings: Iterable[Finding], seen: list[Finding]) -> Iterable[Finding]:
    for finding in findings:
        seen.append(finding)
        yield finding


def _show(findings: Iterable[Finding]) -> None:
    from rich.text import Text

    from sonde.cli.checks import State
    from sonde.cli.terminal import harmless, out

    marks = {
        State.OK: ("ok  ", "green"),
        State.WARN: ("warn", "bold yellow"),
        State.FAIL: ("FAIL", "bold red"),
    }
    console = out()
    for finding in findings:
        line = Text.assemble(marks[finding.state], f"  {finding.check:15} ", harmless(finding.found))
        console.print(line, soft_wrap=True)
        if finding.mend:
            console.print(Text(f"      {'':15} → {harmless(finding.mend)}", style="bold"), soft_wrap=True)
