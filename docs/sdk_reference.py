"""Writes the reference page of the SDK: every public name of `sonde`, `sonde.testing`, `sonde.records` and
`sonde.errors`, as its signature and docstring say."""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

WIDTH = 100

HEAD = """# SDK

`import sonde` is the SDK; names are loaded when they are first used. Nothing in it raises into the program;
only `flush`, `shutdown`, `record` in synchronous mode and, for a tenth of a second at most, links wait for
the network. Wrong use is said once, by the
logger `sonde`. `sonde.Client` and `sonde.AsyncClient` are different: they send at once, and raise.

Arguments of `sonde.configure` are [settings](settings.md#of-the-sdk). Times and durations have their unit in
their name (`timeout_s`, `duration_ms`). The pages under *How to* show how things are done;
[What the SDK adds](../concepts/sdk.md) says what they mean.
"""

# Subjects of `sonde`, each with the page that shows how, its names, and what these names hand out.
SUBJECTS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Set-up",
        "../quickstart.md",
        ("configure", "flush", "shutdown", "stats"),
        ("stats.Stats", "stats.Dropped"),
    ),
    (
        "Spans and events",
        "../how-to/spans.md",
        ("span", "traced", "current_span", "event", "start_span", "end_span", "emit_event"),
        ("live.LiveSpan",),
    ),
    ("Context", "../how-to/asyncio.md", ("correlation", "inject", "extract"), ()),
    ("Sampling", "../how-to/sampling.md", ("force_sample",), ()),
    ("Records of tools, commands and chats", "../how-to/sink.md", ("record",), ()),
    ("AI calls", "../how-to/ai.md", ("ai_call", "conversation"), ("ai.AiCall",)),
    ("Jobs and business objects", "../how-to/jobs-and-entities.md", ("run", "entity", "entities"), ()),
    (
        "Links from business objects to runs",
        "../how-to/jobs-and-entities.md",
        (
            "store_telemetry",
            "store_telemetry_many",
            "get_telemetry",
            "get_telemetry_with_url",
            "get_telemetry_many",
            "Links",
            "links",
            "AsyncLinks",
            "async_links",
        ),
        ("links.calls.TelemetryLink",),
    ),
    (
        "Pipelines",
        "../how-to/pipelines.md",
        ("pipeline", "TraceContext"),
        (
            "pipelines.Pipeline",
            "pipelines.Script",
            "trace_context.Trigger",
            "trace_context.ScriptCall",
            "outcomes.read_outcome",
        ),
    ),
    (
        "Orchestrations",
        "../how-to/orchestrations.md",
        ("orchestration", "violation"),
        ("orchestrations.Orchestration",),
    ),
    ("Socket.IO", "../how-to/socketio.md", ("instrument_socketio",), ()),
    ("Client", "../how-to/client.md", ("Client", "AsyncClient"), ("client.calls.Page",)),
)

# What classes have for other modules of the SDK, not for who is handed one.
INTERNAL = frozenset({"begin", "context", "finish", "judged", "note", "stopped_before", "underlying"})


def page() -> str:
    """The whole page. Raises ValueError for a public name without a docstring, or without a subject."""
    lines = [HEAD]
    sonde = importlib.import_module("sonde")
    sorted_in = {name for _, _, names, _ in SUBJECTS for name in names}
    if strays := sorted_in ^ set(public_names(sonde)):
        raise ValueError(f"SUBJECTS and the names of sonde differ: {', '.join(sorted(strays))}")
    lines += ["## sonde\n"]
    for title, link, names, handed_out in SUBJECTS:
        lines += [f"### {title}\n", f"How to: [{_title(link)}]({link}).\n"]
        for name in names:
            lines += _entry(f"sonde.{name}", getattr(sonde, name))
        for path in handed_out:
            home, _, name = path.rpartition(".")
            lines += _entry(name, getattr(importlib.import_module(f"sonde.sdk.{home}"), name))
    for home, about in (
        ("sonde.testing", "How to: [Test what a program tells](../how-to/testing.md)."),
        (
            "sonde.records",
            "What `sonde.Client` takes and gives. How to: [Read and write records](../how-to/client.md).",
        ),
    ):
        module = importlib.import_module(home)
        lines += [f"## {home}\n", f"{about}\n"]
        for name in public_names(module):
            lines += _entry(f"{home}.{name}", getattr(module, name), comment=_constant_docs(module).get(name))
    return "\n".join(lines + _errors())


def public_names(module: ModuleType) -> list[str]:
    """What a module re-exports by `import x as x`; if that is nothing, what it defines without underscore."""
    tree = ast.parse(inspect.getsource(module))
    exported = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    ]
    if exported:
        return exported
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def _constant_docs(module: ModuleType) -> dict[str, str]:
    """The texts below constants, of a module and of the modules that it re-exports from."""
    found: dict[str, str] = {}
    tree = ast.parse(inspect.getsource(module))
    homes = {
        str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.asname == alias.name for alias in node.names)
    }
    for source in (module, *(importlib.import_module(home) for home in sorted(homes))):
        body = ast.parse(inspect.getsource(source)).body
        for node, after in itertools.pairwise(body):
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = inspect.cleandoc(str(after.value.value))
    return found


def _entry(title: str, value: Any, *, comment: str | None = None) -> list[str]:
    """One public name: heading, signature, docstring; of a class its fields and methods too."""
    lines = [f"#### `{title}`\n"]
    if not callable(value) or isinstance(value, type(list[int])):
        if comment is None:
            raise ValueError(f"{title} has no docstring below it")
        return [*lines, f"```python\n{title.rpartition('.')[2]} = {_constant(value)}\n```\n", f"{comment}\n"]
    name = title.rpartition(".")[2]
    if type(value).__name__ == "FixtureFunctionDefinition":
        return [*lines, "A fixture of pytest.\n", *_prose(title, value)]
    if not inspect.isclass(value):
        return [*lines, *_signature(name, value), *_prose(title, value)]
    if issubclass(value, enum.Enum):
        listed = ", ".join(f"`{each.name}` (`{each.value}`)" for each in value)
        return [*lines, *_prose(title, value), f"{listed}\n"]
    if dataclasses.is_dataclass(value):
        lines += [*_prose(title, value), *_fields(value)]
    else:
        made_by_others = (value.__doc__ or "").find("Made by ") >= 0 or title == "LiveSpan"
        lines += [] if made_by_others else _signature(name, value)
        lines += _prose(title, value)
    return lines + _members(value)


def _members(owner: type) -> list[str]:
    """Public methods and properties, with what they inherit from classes of ours."""
    lines: list[str] = []
    seen: set[str] = set()
    for home in owner.__mro__:
        if not home.__module__.startswith("sonde"):
            continue
        if home is not owner and home.__module__ == "sonde.records":
            lines.append(f"And what `{home.__name__}` has.\n")
            break
        for name, member in vars(home).items():
            if name.startswith("_") or name in INTERNAL or name in seen:
                continue
            seen.add(name)
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if not inspect.isfunction(function):
                continue
            if not function.__doc__ and _is_inherited(owner, name):
                continue
            if isinstance(member, property):
                returns = str(inspect.signature(function).return_annotation)
                lines += [f"```python\n{name}: {returns}\n```\n", *_prose(name, function)]
            else:
                lines += [*_signature(name, function, method=True), *_prose(name, function)]
    return lines


def _is_inherited(owner: type, name: str) -> bool:
    """Whether a class that is not ours has it, and describes it."""
    return any(hasattr(each, name) for each in owner.__mro__ if not each.__module__.startswith("sonde"))


def _fields(owner: Any) -> list[str]:
    """The fields of a dataclass, as a table."""
    lines: list[str] = []
    for each in dataclasses.fields(owner):
        if each.name.startswith("_"):
            continue
        if each.default is not dataclasses.MISSING:
            default = f"`{_constant(each.default)}`"
        elif each.default_factory is not dataclasses.MISSING:
            made: Any = each.default_factory
            default = "`{}`" if getattr(made, "__origin__", made) is dict else f"`{made.__name__}()`"
        else:
            default = ""
        kind = str(each.type).replace("|", "\\|")
        lines.append(f"| `{each.name}` | `{kind}` | {default} |")
    return ["| field | | default |", "|---|---|---|", *lines, ""] if lines else []


def _signature(name: str, value: Callable[..., Any], *, method: bool = False) -> list[str]:
    signature = inspect.signature(value)
    parameters = list(signature.parameters.values())
    if method:
        parameters = parameters[1:]
    returns = str(signature.return_annotation)
    found = re.fullmatch(r"Generator\[(\w+).*\]", returns)
    if found and hasattr(value, "__wrapped__"):
        returns = f"AbstractContextManager[{found[1]}]"
    # What it does is said by the text; the type tells nobody anything.
    hidden = inspect.isclass(value) or returns == "Any" or returns.startswith(("_", "<class"))
    words = list(_parameters(parameters))
    end = ")" if hidden else f") -> {returns}"
    one_line = f"{name}({', '.join(words)}{end}"
    prefix = "async " if inspect.iscoroutinefunction(value) else ""
    if len(prefix + one_line) > WIDTH:
        inner = "".join(f"    {word},\n" for word in words)
        one_line = f"{name}(\n{inner}{end}"
    return [f"```python\n{prefix}{one_line}\n```\n"]


def _parameters(parameters: list[inspect.Parameter]) -> Iterator[str]:
    star = slash = False
    for each in parameters:
        if slash and each.kind is not each.POSITIONAL_ONLY:
            yield "/"
            slash = False
        if each.kind is each.POSITIONAL_ONLY:
            slash = True
        if each.kind is each.KEYWORD_ONLY and not star:
            yield "*"
            star = True
        if each.kind is each.VAR_POSITIONAL:
            star = True
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        kind = "" if each.annotation is each.empty else f": {each.annotation}"
        default = "" if each.default is each.empty else f" = {_constant(each.default)}"
        yield f"{stars}{each.name}{kind}{default}"
    if slash:
        yield "/"


def _constant(value: object) -> str:
    if isinstance(value, enum.Enum):
        return str(value)
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"({', '.join(map(_constant, value))})"
    return re.sub(r"\b(?:collections\.abc|typing)\.", "", repr(value))


def _prose(title: str, value: Any) -> list[str]:
    """A docstring as Markdown: what is indented is code, `Args:` a list. Raises ValueError without one."""
    text = inspect.cleandoc(value.__doc__ or "")
    # A dataclass without one is given its signature by Python.
    if not text or text.startswith(f"{getattr(value, '__name__', '')}("):
        raise ValueError(f"{title} has no docstring")
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.startswith("Args:\n"):
            listed = textwrap.dedent(paragraph.removeprefix("Args:\n"))
            listed = re.sub(r"\n +", " ", listed)
            lines += [re.sub(r"^(\w+): ", r"- `\1`: ", line) for line in listed.splitlines()] + [""]
        elif paragraph.startswith("    "):
            lines += ["```python", textwrap.dedent(paragraph), "```\n"]
        else:
            lines += [paragraph + "\n"]
    return lines


def _errors() -> list[str]:
    """The tree of errors, as a table; a subclass is caught by its base."""
    errors = importlib.import_module("sonde.errors")
    lines = [
        "## sonde.errors\n",
        "Every error has `message`, `hint` and the stable `code` that the API answers with. Catching one\n"
        "catches those below it as well.\n",
        "| error | below | code | HTTP | |",
        "|---|---|---|---|---|",
    ]
    for name in public_names(errors):
        error = getattr(errors, name)
        if not error.__doc__:
            raise ValueError(f"sonde.errors.{name} has no docstring")
        about = " ".join(error.__doc__.split())
        lines.append(
            f"| `{name}` | `{error.__bases__[0].__name__}` | `{error.code}` | {error.http_status} | {about} |"
        )
    return lines


def _title(link: str) -> str:
    """The heading of a page."""
    target = Path(__file__).resolve().parent / "reference" / link
    return target.read_text("utf-8").partition("\n")[0].removeprefix("# ").strip()
