"""What work belongs to, as commands to copy: right in a shell whatever an id has in it."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any

import pytest

from sonde.cli import about

NOTHING: dict[str, Any] = {"orchestrationIds": [], "pipelines": [], "sessionIds": [], "conversationIds": []}


def texts(concerns: list[about.Concern], counts: dict[str, int] | None = None) -> list[str]:
    return [line.plain for line in about.lines(concerns, counts)]


def test_each_kind_is_shown_by_its_command() -> None:
    found = about.surroundings(
        {
            "orchestrationIds": ["orc_1"],
            "pipelines": [{"traceId": "ab" * 16, "triggerEvent": "before_signin"}],
            "sessionIds": ["conv_1", "ses 2"],
            "conversationIds": ["conv_1"],
        }
    )
    concerns = [
        about.run("run_1"),
        *found,
        *about.entities([{"type": "payment", "id": "pym_1"}]),
        *about.traces(["cd" * 16]),
    ]
    assert [" ".join(line.split()) for line in texts(concerns)] == [
        "run sonde runs show run_1",
        "conversation sonde ai show conv_1",
        "orchestration sonde orchestrations show orc_1",
        f"pipeline sonde pipelines show {'ab' * 16} (before_signin)",
        """session sonde query --type traces --since 7d 'session:"ses 2"'""",
        "payment sonde entities show payment pym_1",
        f"trace sonde trace {'cd' * 16}",
    ]


def test_of_many_the_first_are_shown_and_the_others_counted() -> None:
    few = about.traces(f"{n:032x}" for n in range(about.SHOWN))
    assert len(texts(few)) == about.SHOWN
    assert texts(few, {"trace": 1_200})[-1].strip() == "and 1,195 more"
    many = about.entities({"type": "item", "id": str(n)} for n in range(8))
    assert [line.strip() for line in texts(many)[about.SHOWN :]] == ["and 3 more"]


@pytest.mark.parametrize(
    "odd",
    [
        "a b",
        "it's",
        '$(id) `id` \\ "',
        "jobs/2026 01/ü?#%2F&x=1",
        "\x1b[31mred\x07\n\t",
        "\u202eabc\u2066 'quoted' \\x41",
        "\x9b1m\u2028end",
    ],
)
def test_any_id_is_one_word_of_a_shell_and_harmless_in_a_terminal(odd: str) -> None:
    (line,) = texts([about.run(odd)])
    assert line.isprintable()
    word = about.shell_word(odd)
    told = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True, timeout=10)
    assert told.stdout.decode() == odd


def test_an_id_like_an_option_is_told_apart() -> None:
    assert shlex.split(about.command("runs show", "--help")) == ["sonde", "runs", "show", "--", "--help"]


def test_a_row_for_a_file_has_a_column_of_each_kind() -> None:
    row = about.flat({"runId": "run_1", "about": {**NOTHING, "conversationIds": ["conv_1"]}})
    assert [row[name] for name in about.ABOUT_CSV] == [[], [], ["conv_1"], []]
