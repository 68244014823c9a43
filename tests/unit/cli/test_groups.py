"""Options that go together: a command takes them as one parameter, people give them one by one."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from sonde.cli.groups import AllTimes, Output, Paging, Server, Times, grouped
from sonde.errors import BadRequest

GIVEN: list[object] = []


@grouped
def listing(
    word: Annotated[str, typer.Argument()] = "",
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List something."""
    GIVEN[:] = [word, paging, output, times, server]


def run(*arguments: str) -> list[object]:
    app = typer.Typer()
    app.command()(listing)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return GIVEN


def test_a_group_is_made_of_its_options() -> None:
    assert run() == ["", Paging(), Output(), Times(), Server()]
    word, paging, _, times, server = run(
        "it", "--limit", "3", "--all", "--since", "1h", "--url", "http://127.0.0.1:1", "--api-key", "k"
    )
    assert word == "it"
    assert paging == Paging(limit=3, all=True)
    assert times == Times(since="1h")
    assert server == Server(url="http://127.0.0.1:1", api_key="k")


def test_the_help_names_every_option_and_no_group() -> None:
    app = typer.Typer()
    app.command()(listing)
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert "List something." in text
    for option in ("--limit", "--cursor", "--all", "--format", "--export", "--time-range", "--url"):
        assert option in text
    assert "--paging" not in text
    assert "PAGING" not in text


def test_a_list_is_of_a_day_and_one_thing_of_all_times_unless_a_time_is_given() -> None:
    assert Times().params() == {"since": "24h"}
    assert AllTimes().params() == {}
    assert AllTimes(time_range="2h").params() == {"since": "2h"}
    with pytest.raises(BadRequest, match="--time-range together with --since"):
        AllTimes(time_range="2h", since="1h").bounds()


def test_only_what_was_given_of_paging_is_asked_for() -> None:
    assert Paging().params() == {}
    assert Paging(limit=5, cursor="c").params() == {"limit": 5, "cursor": "c"}
