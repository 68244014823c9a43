"""Writes the reference pages from the code: settings, commands, API, SDK.

python docs/generate.py            write docs/reference/*.md
python docs/generate.py --check    exit with 1 if a page is not what would be written
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sdk_reference

from sonde.settings import SDK, SettingName, Settings, allowed, sdk_setting_names, setting_names

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTICE = "<!-- Written by docs/generate.py from the code: change it there. -->\n"


SETTINGS_HEAD = """# Settings

A value comes from, in this order: a flag of `sonde serve` or an argument of `sonde.configure()`, a variable
`SONDE_*`, the variable of OpenTelemetry that says the same, `sonde.toml`, the default. `sonde.toml` is read
from the current directory, or from where `--config` or `SONDE_CONFIG` says. A key with a dot is in a table:
`query.timeout_s` is `timeout_s` below `[query]`. An empty variable counts as not set.

A value that is not allowed stops a command: the message names the setting, the value, what is allowed and
where it was set. In a program with the SDK, the same message is logged and the default is used.

```toml
# sonde.toml
data_dir = "/var/lib/sonde"
http_port = 8080
service_name = "checkout"

[query]
timeout_s = 10

[sampling]
ratio = 0.1
```

- [Of the server, and of commands](#of-the-server-and-of-commands)
- [Of the SDK](#of-the-sdk)

## Of the server, and of commands
"""

SDK_SETTINGS_HEAD = """## Of the SDK

Arguments of `sonde.configure()`, and variables of programs that are started with `sonde run`.
"""

COMMANDS_HEAD = """# Commands

How commands find a server, read times and write formats: [Use the command line](../how-to/command-line.md).

| exit code | |
|---|---|"""

API_HEAD = """# API

The server publishes this as OpenAPI at `/api/v1/openapi.json`. Answers are JSON in camelCase; times are
ISO 8601 in UTC with nanoseconds, beside them Unix nanoseconds as a string (`startUnixNs`); durations are
`durationNs` and `durationMs`.

An error is `{"error": {"code", "message", "hint"}}`. Where a [key](../how-to/keys.md) is needed it is sent as
`Authorization: Bearer <key>` and needs the scope shown.

An id in a path is percent-encoded. For the ids `.` and `..`, which whoever reads an address takes for steps,
write `~.` and `~..`, and so also `~~.` for the id `~.`: `GET /api/v1/runs/~..` is the run `..`.

Telemetry goes to `POST /v1/traces`, `/v1/logs`, `/v1/metrics` (OTLP/HTTP, scope `ingest`), or by gRPC to the
port of OTLP/gRPC.
"""


def settings_page() -> str:
    """Every setting, in the order of the tables."""
    lines = [NOTICE, SETTINGS_HEAD]
    for name in setting_names():
        info = Settings.model_fields[name.field]
        serves = name.field not in ("url", "api_key")
        flag = f"| Flag | `{name.flag}`{'' if serves else ' of commands that ask a server'} |"
        default = info.get_default(call_default_factory=True)
        lines += _setting(
            name,
            info.description or "",
            [flag, f"| Variable | `{name.env}` |"],
            allowed(name.field),
            default,
        )
    lines.append(SDK_SETTINGS_HEAD)
    for name in sdk_setting_names():
        if name.field in Settings.model_fields:
            continue
        setting = SDK[name.field]
        variables = ", ".join(f"`{each}`" for each in (name.env, *name.otel))
        names = [f"| Argument | `{name.argument}` |", f"| Variable | {variables} |"]
        lines += _setting(name, setting.description, names, setting.allowed, setting.default)
    return "\n".join(lines)


def _setting(
    name: SettingName, description: str, names: list[str], accepted: str, default: object
) -> list[str]:
    return [
        f"### `{name.key}`\n",
        f"{description}\n",
        "| | |",
        "|---|---|",
        *names,
        f"| Allowed | {_escaped(accepted)} |",
        f"| Default | {_default(name.field, default)} |\n",
    ]


def _default(field: str, value: Any) -> str:
    if field == "data_dir":
        return "the user's data directory, `~/.local/share/sonde` on Linux"
    if value is None:
        return "none"
    if value in ("", (), {}):
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"


def commands_page() -> str:
    """Every command with its options and examples, as its help has them."""
    import typer

    from sonde.cli.app import app
    from sonde.cli.exits import MEANING

    lines = [
        NOTICE,
        COMMANDS_HEAD,
        *(f"| {int(code)} | {meaning} |" for code, meaning in MEANING.items()),
        "",
    ]
    root: Any = typer.main.get_command(app)
    for path, command in _commands(root, "sonde"):
        lines += _command(path, command)
    return "\n".join(lines)


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _command(path: str, command: Any) -> list[str]:
    text, _, examples = inspect.cleandoc(command.help or "").partition("Examples:")
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    usage = " ".join(
        [path, "[OPTIONS]", *(_argument(param) for param in arguments)],
    )
    lines = [f"## {path}\n", f"{text.strip()}\n", "```", usage, "```\n"]
    described = [param for param in arguments if param.help]
    if described:
        lines += ["| argument | |", "|---|---|"]
        lines += [f"| `{param.name}` | {_escaped(param.help)} |" for param in described] + [""]
    options = [
        param for param in command.params if param.param_type_name == "option" and param.name != "help"
    ]
    if options:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| {_flags(option)} | {_escaped(_help(option))} |" for option in options] + [""]
    if examples.strip():
        lines += ["```bash", *re.split(r"\n\s*\n", inspect.cleandoc(examples)), "```", ""]
    return lines


def _argument(param: Any) -> str:
    name = param.name.upper()
    return name if param.required else f"[{name}]"


def _flags(option: Any) -> str:
    flags = ", ".join(
        f"`{flag}`" for flag in sorted((*option.opts, *option.secondary_opts), key=len, reverse=True)
    )
    if getattr(option, "is_flag", False):
        return flags
    choices = getattr(option.type_descriptor, "choices", None)
    if choices:
        return f"{flags} {_escaped('|'.join(str(getattr(choice, 'value', choice)) for choice in choices))}"
    noun = {int: "INTEGER", float: "NUMBER"}.get(getattr(option.type_descriptor, "annotation", str), "TEXT")
    return f"{flags} {option.metavar or noun}"


def _help(option: Any) -> str:
    text = option.help or ""
    value = getattr(option.default, "value", option.default)
    if value not in (None, "", False, ()) and "efault" not in text and not callable(value):
        text += f" Default: {value}."
    return text


def api_page() -> str:
    """Every endpoint, from the OpenAPI description the server publishes."""
    from fastapi.routing import APIRoute

    from sonde.server import api, health, metrics
    from sonde.server.app import scope_of, web_app
    from sonde.server.auth import OPEN
    from sonde.server.parts import Parts

    app = web_app(Parts(settings=Settings(), admit=lambda _caller, _scope: OPEN))
    scopes = {("GET", "/api/v1/openapi.json"): "public"}
    for router in (health.router, metrics.router, *api.routers()):
        scopes |= {
            (method, route.path_format): str(scope_of(route))
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
    document: dict[str, Any] = app.openapi()
    lines = [NOTICE, API_HEAD]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = method.upper()
            lines += _operation(path, name, operation, scopes[name, path], document)
    return "\n".join(lines + _shapes(document))


def _operation(
    path: str, method: str, operation: dict[str, Any], scope: str, document: dict[str, Any]
) -> list[str]:
    need = "Public" if scope == "public" else f"Scope `{scope}`"
    text = (operation.get("description") or operation.get("summary") or "").strip()
    lines = [f"## `{method} {path}`\n", f"{need}. {text}\n"]
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] != "header"]
    if parameters:
        lines += ["| parameter | | |", "|---|---|---|"]
    for parameter in parameters:
        name = f"`{parameter['name']}`{' (required)' if parameter.get('required') else ''}"
        about = _escaped(_one_line(parameter.get("description", "")))
        lines.append(f"| {name} | {_type(parameter.get('schema', {}), document)} | {about} |")
    if parameters:
        lines.append("")
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    if "$ref" in answer.get("schema", {}):
        lines.append(f"Answers {_type(answer['schema'], document)}.\n")
    return lines


def _shapes(document: dict[str, Any]) -> list[str]:
    lines = ["## Shapes\n"]
    for name, schema in document["components"]["schemas"].items():
        if "properties" not in schema:
            continue
        lines += [
            f"### {name}\n",
            f"{_one_line(schema.get('description', ''))}\n",
            "| field | |",
            "|---|---|",
        ]
        lines += [
            f"| `{field}` | {_type(about, document)} |" for field, about in schema["properties"].items()
        ]
        lines.append("")
    return lines


def _type(schema: dict[str, Any], document: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = document["components"]["schemas"][name]
        return _type(target, document) if "enum" in target else f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        kinds = [_type(choice, document) for choice in choices if choice.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "prefixItems" in schema:
        return "[" + ", ".join(_type(item, document) for item in schema["prefixItems"]) + "]"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), document)}"
    values = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(values, dict):
        return f"object of {_type(values, document)}"
    return str(schema.get("type", "any"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def sdk_page() -> str:
    """Every public name of the SDK."""
    return f"{NOTICE}\n{sdk_reference.page()}"


PAGES = {"settings.md": settings_page, "commands.md": commands_page, "api.md": api_page, "sdk.md": sdk_page}


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    stale: list[str] = []
    for name, write in PAGES.items():
        path, text = REFERENCE / name, write().rstrip("\n") + "\n"
        if "--check" in arguments:
            if not path.is_file() or path.read_text("utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, "utf-8")
    if stale:
        print(f"not up to date: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
