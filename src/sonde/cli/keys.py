"""`sonde keys`: who may send and who may read."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.options import DataDirOption, Format, FormatOption, read_settings

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys of a data directory.")


@app.command("create")
def create(
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            "-s",
            help="What it allows: ingest, read, links, jobs, admin. May be repeated.",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option(help="What it is for, to recognise it by.")] = "",
    tenant: Annotated[str, typer.Option(help="Whose data it reaches.")] = "default",
    data_dir: DataDirOption = None,
    format: FormatOption = None,
) -> None:
    """Make a key and print it, this once: only its hash is stored.

    A running server knows it at once. Once one key exists, every request needs one.

    Examples:

      sonde keys create --scope ingest --name checkout

      export SONDE_API_KEY=$(sonde keys create --scope read)
    """
    import json

    from sonde.cli.terminal import note
    from sonde.errors import BadRequest
    from sonde.server.keys import KeyFile, Scope

    scopes: list[Scope] = []
    for text in scope:
        for part in text.split(","):
            if part not in list(Scope):
                raise BadRequest(f"cannot use {part!r} for --scope", hint=f"use one of {', '.join(Scope)}")
            scopes.append(Scope(part))
    token, key = KeyFile(read_settings(data_dir=data_dir).data_dir).create(scopes, name=name, tenant=tenant)
    if format is Format.JSON:
        typer.echo(json.dumps({"key": token, "id": key.id, "name": key.name, "tenant": key.tenant}))
        return
    typer.echo(token)
    note(f"shown only now; revoke it with: sonde keys revoke {key.id}")


@app.command("list")
def show(data_dir: DataDirOption = None, format: FormatOption = None) -> None:
    """List the keys: how they begin, what they allow. Exits with 1 when there are none.

    Examples:

      sonde keys list --format json
    """
    import json
    import sys

    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.exits import ExitCode
    from sonde.cli.table import Column, Row, Table, print_lines
    from sonde.cli.terminal import harmless_json, note, out
    from sonde.cli.times import iso_to_ns, local_time
    from sonde.server.keys import KeyFile

    settings = read_settings(data_dir=data_dir)
    rows: list[Row] = [
        {
            "id": key.id,
            "begins": key.prefix,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "tenant": key.tenant,
            "createdAt": key.created_at,
        }
        for key in KeyFile(settings.data_dir).all()
    ]
    if format is Format.JSON:
        typer.echo(harmless_json(json.dumps({"keys": rows}, ensure_ascii=False)))
    elif format is Format.CSV:
        CsvWriter(sys.stdout, ("id", "begins", "name", "scopes", "tenant", "createdAt")).rows(rows)
    elif rows:
        console = out()
        columns = [
            Column("ID", lambda row: str(row["id"])),
            Column("NAME", lambda row: str(row["name"]), gives_way=True),
            Column("SCOPES", lambda row: ", ".join(row["scopes"])),
            Column("TENANT", lambda row: str(row["tenant"]), importance=5),
            Column("CREATED", lambda row: local_time(iso_to_ns(str(row["createdAt"]))), importance=4),
        ]
        print_lines(Table(columns, console.width).lines(rows), console)
    if not rows:
        note(f"no keys in {settings.data_dir}: on this machine none is needed")
        raise typer.Exit(ExitCode.NOTHING)


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, or the whole key.", show_default=False)],
    data_dir: DataDirOption = None,
) -> None:
    """Make a key worthless, at once. Exits with 1 when there is no such key.

    Examples:

      sonde keys revoke 1f2e3d4c
    """
    from sonde.cli.terminal import note
    from sonde.server.keys import KeyFile

    keys = KeyFile(read_settings(data_dir=data_dir).data_dir)
    removed = keys.revoke(key)
    note(f"revoked {removed.prefix}… {removed.name}".rstrip())
    if not keys.any():
        note("no key is left: on this machine none is needed now")
