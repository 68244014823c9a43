"""`sonde serve`: run the server. Its flags are the table of settings."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from sonde.cli.loading import loading
from sonde.settings import Settings, allowed, load, setting_names

# Meant for commands that ask a server, not for the server.
_NOT_OF_THE_SERVER = {"url", "api_key"}
_PANELS = {
    "receive": "Receive",
    "journal": "Journal",
    "store": "Store",
    "query": "Query",
    "ui": "Page",
    "links": "Links",
}


def command(**flags: Any) -> None:
    """Receive OpenTelemetry, store it, answer questions about it.

    OTLP/gRPC on port 4317; OTLP/HTTP, the API and the web page on port 4318.
    Stops on Ctrl-C or SIGTERM once everything accepted is safe.

    Examples:

      sonde serve

      sonde serve --data-dir /var/lib/sonde --http-port 8080

      sonde serve --store clickhouse://user:password@host:8123/sonde
    """
    config: Path | None = flags.pop("config")
    settings = load(flags, config_file=config)

    from sonde.cli.source import require_server_extra

    require_server_extra()

    with loading():
        from sonde.server.run import serve

    raise typer.Exit(serve(settings))


def _parameters() -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    file_option = typer.Option(
        "--config",
        metavar="PATH",
        help="Settings file, like SONDE_CONFIG. By default ./sonde.toml.",
        dir_okay=False,
    )
    parameters = [
        inspect.Parameter("config", keyword, default=None, annotation=Annotated[Path | None, file_option])
    ]
    for name in setting_names():
        if name.field in _NOT_OF_THE_SERVER:
            continue
        option = typer.Option(
            name.flag,
            metavar=_metavar(name.field),
            help=f"{Settings.model_fields[name.field].description} {_default(name.field)}",
            rich_help_panel=_PANELS.get(name.key.partition(".")[0], "Server")
            if "." in name.key
            else "Server",
        )
        # Texts all: the table of settings reads them, so that a wrong one gets the same message everywhere.
        annotation = Annotated[str | None, option]
        parameters.append(inspect.Parameter(name.field, keyword, default=None, annotation=annotation))
    return parameters


def _metavar(field: str) -> str:
    word = allowed(field).split(" ", 1)[0]
    return {"integer": "INTEGER", "number": "NUMBER", "path": "PATH"}.get(word, "TEXT")


def _default(field: str) -> str:
    info = Settings.model_fields[field]
    if field == "data_dir":
        return "Default: the user's data directory."
    if not info.default:
        return ""
    value: Any = info.default
    return f"Default: {','.join(value) if isinstance(value, tuple) else value}."


# Typer reads a command's options from its signature.
command.__signature__ = inspect.Signature(_parameters())  # pyright: ignore[reportFunctionMemberAccess]  # PEP 362
command.__annotations__ = {parameter.name: parameter.annotation for parameter in _parameters()}
