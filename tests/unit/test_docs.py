"""The documentation says what the program does: commands, flags, variables and links in it exist."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
import yaml

import sonde
import sonde.errors
import sonde.records
import sonde.testing
from sonde.cli.app import app
from sonde.cli.exits import MEANING
from sonde.errors import SearchSyntaxError
from sonde.query.search import parse as read_search
from sonde.settings import SDK, all_setting_names
from sonde.verify.reading import read_contract

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SNIPPETS = [REPOSITORY / "README.md", *(page for page in PAGES if page.name != "sdk.md")]
PUBLIC = (sonde, sonde.testing, sonde.records, sonde.errors)
OTHER_VARIABLES = {"SONDE_CONFIG"}
PUNCTUATION = set("();<>|&")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def bash_lines(page: Path) -> Iterator[str]:
    for block in blocks(page, "bash"):
        yield from block.replace("\\\n", " ").splitlines()


def public_names(module: ModuleType) -> list[str]:
    """What `dir` shows of a module and is made by Sonde."""
    named = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return [
        name for name, value in named.items() if str(getattr(value, "__module__", "")).startswith("sonde")
    ]


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
    while hasattr(command, "commands") and not (
        command.invoke_without_command and (not names or names[0].startswith("-"))
    ):
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


def test_methods_of_one_path_have_each_their_scope_in_the_reference() -> None:
    sections = (DOCS / "reference" / "api.md").read_text("utf-8").split("\n## ")
    told = {part.partition("\n")[0]: part for part in sections}
    assert "Scope `links`." in told["`GET /api/v1/links`"]
    assert "Scope `ingest`." in told["`POST /api/v1/links`"]


def test_every_public_name_is_in_the_reference_of_the_sdk() -> None:
    page = (DOCS / "reference" / "sdk.md").read_text("utf-8")
    for module in PUBLIC:
        names = public_names(module)
        assert names
        prefix = "" if module is sonde.errors else f"{module.__name__}."
        assert [name for name in names if f"`{prefix}{name}`" not in page] == [], module.__name__


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_has_a_docstring_of_its_own(module: ModuleType) -> None:
    for name in public_names(module):
        value = getattr(module, name)
        if callable(value) and not isinstance(value, type(list[int])):
            text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
            # A dataclass without one is given its signature by Python.
            assert text, name
            assert not text.startswith(f"{name}("), name


@pytest.mark.parametrize("page", SNIPPETS, ids=lambda page: page.stem)
def test_every_python_snippet_uses_what_there_is(page: Path) -> None:
    for code in blocks(page, "python"):
        tree = compile(code, page.name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for node in ast.walk(tree):
            for module, name in named(node):
                assert hasattr(importlib.import_module(module), name), f"{page.name}: {module}.{name}"
            if isinstance(node, ast.Call):
                assert not unknown_keywords(node), f"{page.name}: {ast.unparse(node)}"


def named(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names of ours that a node uses: `sonde.span`, `from sonde.records import SpanRecord`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sonde":
        yield "sonde", node.attr
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sonde":
        for alias in node.names:
            yield str(node.module), alias.name


def unknown_keywords(call: ast.Call) -> set[str]:
    """The keyword arguments of a call `sonde.something(...)` that it does not take."""
    if not re.fullmatch(r"sonde\.\w+", called := ast.unparse(call.func)):
        return set()
    parameters = inspect.signature(getattr(sonde, called.removeprefix("sonde."))).parameters
    taken = set(parameters)
    if called == "sonde.configure":
        taken |= set(SDK)
    elif any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return set()
    return {keyword.arg for keyword in call.keywords if keyword.arg} - taken


@pytest.mark.parametrize("page", SNIPPETS, ids=lambda page: page.stem)
def test_every_setting_and_contract_shown_is_understood(page: Path) -> None:
    known = {name.key for name in all_setting_names()}
    for text in blocks(page, "toml"):
        for key, value in tomllib.loads(text).items():
            keys = [f"{key}.{name}" for name in value] if isinstance(value, dict) else [key]
            assert set(keys) <= known, f"{page.name}: {keys}"
    for text in blocks(page, "yaml"):
        shown = yaml.safe_load(text)
        if "rules" in shown:
            read_contract(text, page.name)


def test_every_page_is_in_the_navigation() -> None:
    text = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    listed = set(re.findall(r": ([\w/-]+\.md)$", text, re.MULTILINE))
    assert {str(page.relative_to(DOCS)) for page in PAGES} == listed


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
