"""The documentation says what the program does: commands, flags, variables and links in it exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sonde.cli.app import app
from sonde.cli.exits import MEANING
from sonde.errors import SearchSyntaxError
from sonde.query.search import parse as read_search
from sonde.settings import all_setting_names

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OTHER_VARIABLES = {"SONDE_CONFIG"}
PUNCTUATION = set("();<>|&")


def bash_lines(page: Path) -> Iterator[str]:
    for block in re.findall(r"```bash\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def sonde_commands(line: str) -> Iterator[list[str]]:
    """The arguments of every `sonde` in a line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    for start, word in enumerate(words):
        if word == "sonde" and (
            start == 0 or words[start - 1] in ("if", "!") or set(words[start - 1]) <= PUNCTUATION
        ):
            arguments: list[str] = []
            for argument in words[start + 1 :]:
                if set(argument) <= PUNCTUATION:
                    break
                arguments.append(argument)
            yield arguments


def parse(arguments: list[str]) -> None:
    """Let typer and the search read the arguments; nothing is run. Raises their errors."""
    command: Any = typer.main.get_command(app)
    parent: Any = None
    names = list(arguments)
    while hasattr(command, "commands"):
        parent = command.make_context("sonde", [], parent=parent, resilient_parsing=True)
        command = command.commands[names.pop(0)]
    context = command.make_context(command.name, names, parent=parent)
    read_search(context.params.get("search") or context.params.get("where") or "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_command_shown_is_one_that_sonde_takes(page: Path) -> None:
    for line in bash_lines(page):
        for arguments in sonde_commands(line):
            try:
                parse(arguments)
            except Exception as error:
                raise AssertionError(f"{page.name}: {line!r}: {error}") from error


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_variable_named_is_a_setting(page: Path) -> None:
    known = {name.env for name in all_setting_names()} | OTHER_VARIABLES
    assert set(re.findall(r"\bSONDE_[A-Z_]+\b", page.read_text("utf-8"))) <= known


def test_a_command_that_does_not_exist_would_be_found() -> None:
    line = "if sonde query 'a b' --limit 1 > /dev/null && sonde flush; then KEY=$(sonde keys list); fi"
    assert list(sonde_commands(line)) == [["query", "a b", "--limit", "1"], ["flush"], ["keys", "list"]]
    with pytest.raises(Exception, match="--lmit"):
        parse(["query", "--lmit", "3"])
    with pytest.raises(SearchSyntaxError):
        parse(["query", "status:(error"])


def test_the_reference_is_what_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_exit_codes_documented_are_those_used() -> None:
    page = (DOCS / "how-to" / "command-line.md").read_text("utf-8")
    for code, meaning in MEANING.items():
        assert f"| {int(code)} | {meaning} |" in page


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?(https?:[^\"' >]+)", text)
        loaded += re.findall(r"<link[^>]*rel=[\"']?(?:stylesheet|preconnect)[^>]*(https?:[^\"' >]+)", text)
        assert not loaded, f"{page.name}: {loaded}"
    for sheet in tmp_path.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?:", sheet.read_text("utf-8")), sheet.name
