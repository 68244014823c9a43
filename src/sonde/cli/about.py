"""What some work belongs to and touched, as lines that name the command which shows each. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.cli.terminal import harmless

if TYPE_CHECKING:
    from rich.text import Text

    from sonde.cli.table import Row

SHOWN = 5
"""Things of each kind."""

KIND_WIDTH = 14

ABOUT_CSV = ("orchestrationIds", "pipelines", "conversationIds", "sessionIds")
"""Columns of a CSV file, with ids as JSON; rows for them come from `flat`."""

_PLAIN = re.compile(r"[\w.@/-]+")


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that work belongs to or touched, the command that shows it, and what else to say of it."""

    kind: str
    command: str
    told: str = ""


def run(run_id: str) -> Concern:
    """A run."""
    return Concern("run", command("runs show", run_id))


def entities(found: Iterable[Row]) -> list[Concern]:
    """Business objects, each with `type` and `id`."""
    return [Concern(each["type"], command("entities show", each["type"], each["id"])) for each in found]


def traces(trace_ids: Iterable[str]) -> list[Concern]:
    """Traces."""
    return [Concern("trace", command("trace", each)) for each in trace_ids]


def surroundings(about: Row) -> list[Concern]:
    """What `about` tells in answers of the API."""
    conversations = about["conversationIds"]
    sessions = [each for each in about["sessionIds"] if each not in conversations]
    return [
        *(Concern("conversation", command("ai show", each)) for each in conversations),
        *(
            Concern("orchestration", command("orchestrations show", each))
            for each in about["orchestrationIds"]
        ),
        *(
            Concern("pipeline", command("pipelines show", each["traceId"]), each["triggerEvent"])
            for each in about["pipelines"]
        ),
        *(
            Concern("session", command("query --type traces --since 7d", _term("session", each)))
            for each in sessions
        ),
    ]


def flat(answer: Row) -> Row:
    """An answer as a row for the columns of `ABOUT_CSV`."""
    return {**answer, **answer["about"]}


def lines(
    concerns: Sequence[Concern], counts: Mapping[str, int] | None = None, *, indent: str = ""
) -> Iterator[Text]:
    """A line for each, the first few of a kind.

    `counts`: how many there are of kinds of which not all are given.
    """
    from rich.text import Text

    kinds: dict[str, list[Concern]] = {}
    for each in concerns:
        kinds.setdefault(each.kind, []).append(each)
    for kind, found in kinds.items():
        for each in found[:SHOWN]:
            line = Text(f"{indent}{harmless(kind).ljust(KIND_WIDTH)} ", style="dim")
            line.append(each.command, style="cyan not dim")
            yield line.append(f"  ({harmless(each.told)})" if each.told else "")
        more = max(len(found), (counts or {}).get(kind, 0)) - SHOWN
        if more > 0:
            yield Text(f"{indent}{' ' * KIND_WIDTH} and {more:,} more", style="dim")


def command(name: str, *words: str) -> str:
    """A command of Sonde to copy into a shell, whatever is in the words."""
    # What begins like an option is told apart from one.
    apart = ["--"] if any(each.startswith("-") for each in words) else []
    return " ".join(["sonde", name, *apart, *map(shell_word, words)])


def shell_word(text: str) -> str:
    """A text as one word of a shell; what is not to be printed as its number (`$'…'` of bash and zsh)."""
    if harmless(text) == text:
        return shlex.quote(text)
    return f"$'{''.join(map(_numbered, text))}'"


def _numbered(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if harmless(char) == char:
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 0x80 else f"\\u{ord(char):04x}"


def _term(field: str, value: str) -> str:
    """A term of the search syntax."""
    from sonde.cli.query import quoted

    is_plain = _PLAIN.fullmatch(value) and not value.startswith(("/", "-"))
    return f"{field}:{value if is_plain else quoted(value)}"
