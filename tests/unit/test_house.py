"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from sonde.cli.app import app
from sonde.settings import setting_names

REPOSITORY = Path(__file__).resolve().parents[2]
HARD_LIMIT_LINES = 800
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
WRITTEN = {".py", ".js", ".css", ".sql", ".html"}
UI = REPOSITORY / "src" / "sonde" / "ui"


def written_files() -> list[Path]:
    """Every file that people write and read, but for vendored ones."""
    return [
        path
        for folder in ("src", "tests", "bench", "examples")
        for path in sorted((REPOSITORY / folder).rglob("*"))
        if path.suffix in WRITTEN and not {"vendor", "node_modules", "__pycache__"} & set(path.parts)
    ]


def test_no_file_is_longer_than_a_room_may_be() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in written_files()}
    assert {path: lines for path, lines in lengths.items() if lines > HARD_LIMIT_LINES} == {}


def test_every_room_has_a_name_that_says_something() -> None:
    def names(path: Path) -> set[str]:
        inside = path.relative_to(REPOSITORY)
        return {inside.stem.strip("_").lower(), *(part.lower() for part in inside.parts[:-1])}

    assert [path for path in written_files() if names(path) & SAYS_NOTHING] == []


def test_nothing_is_left_to_do_in_the_source() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    source = [path for path in written_files() if "src" in path.relative_to(REPOSITORY).parts]
    assert [path for path in source if unfinished.search(path.read_text(encoding="utf-8"))] == []


def documentation() -> str:
    """All pages of the documentation, as one text."""
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((REPOSITORY / "docs").rglob("*.md")))


@pytest.mark.parametrize("setting", setting_names(), ids=lambda name: name.field)
def test_every_setting_is_documented(setting: object) -> None:
    pages = documentation()
    for name in ("env", "flag", "key"):
        assert f"`{getattr(setting, name)}`" in pages


def commands(command: object, path: str) -> list[str]:
    """The command and those below it, as one types them."""
    below: dict[str, object] | None = getattr(command, "commands", None)
    if below is None:
        return [path]
    return [found for name, child in below.items() for found in commands(child, f"{path} {name}")]


@pytest.mark.parametrize("command", commands(typer.main.get_command(app), "sonde"))
def test_every_command_is_documented(command: str) -> None:
    assert command in documentation()


def test_the_lock_holds_exact_versions_and_nothing_of_a_machine() -> None:
    lines = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9.-]+==[0-9][0-9a-z.+]*", line)] == []
    assert pins == sorted(pins)


def test_the_page_never_makes_markup_of_data() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    scripts = [path for path in UI.rglob("*.js") if "vendor" not in path.parts]
    assert scripts
    assert [path for path in scripts if markup.search(path.read_text(encoding="utf-8"))] == []


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_code() -> None:
    page = (UI / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page) == []
    # Browsers take an import map only where it is inline (the policy has its hash); data run nothing.
    allowed = r'(?:src=|type="importmap"|type="application/json")'
    inline = rf"\s(?:style|on[a-z]+)=|<style|<script(?![^>]*\s{allowed})"
    assert re.findall(inline, page) == []
