"""`sonde health`: whether what keeps telemetry and links answers, and how fast."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.cli.groups import Server, grouped
from sonde.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from sonde.settings import Settings

COMPONENTS = ("server", "links")


@grouped
def command(
    component: Annotated[
        str | None, typer.Option(help=f"Only this one: {' or '.join(COMPONENTS)}.", show_default=False)
    ] = None,
    format: FormatOption = None,
    *,
    server: Server,
) -> None:
    """Say whether the server and the stores of links answer, and how fast.

    The stores of links are those that programs with these settings use: Sonde, Redis, Upstash's, or two. A
    server that does not read the Redis of these settings is named as well.
    Exits with 1 when one does not answer; `sonde doctor` says what to do.

    Examples:

      sonde health

      sonde health --component links --format json
    """
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.exits import ExitCode
    from sonde.errors import BadRequest

    if component is not None and component not in COMPONENTS:
        raise BadRequest(
            f"cannot look at the component {component!r}", hint=f"there are {', '.join(COMPONENTS)}"
        )
    settings = server.settings()
    checks: list[dict[str, Any]] = []
    if component in (None, "server"):
        checks.append(_server(settings))
    if component in (None, "links"):
        checks += _links(settings)
    overall = "healthy" if all(each["status"] == "healthy" for each in checks) else "unhealthy"
    if format is Format.JSON:
        sys.stdout.write(json.dumps({"overall_health": overall, "checks": checks}) + "\n")
    elif format is Format.CSV:
        CsvWriter(sys.stdout, ("component", "store", "status", "response_ms", "problem")).rows(checks)
    else:
        _show(checks)
    if overall != "healthy":
        raise typer.Exit(ExitCode.NOTHING)


def _server(settings: Settings) -> dict[str, Any]:
    import time

    import httpx

    from sonde.cli.source import PROBE_TIMEOUT_S, find_server

    server = find_server(settings)
    if server is None:
        return _check("server", problem="no server runs here: start one with `sonde serve`, or pass --url")
    began = time.perf_counter()
    try:
        answer = httpx.get(f"{server.url}/readyz", timeout=4 * PROBE_TIMEOUT_S)
        missing = ", ".join(answer.json()["missing"]) if answer.status_code == 503 else ""
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return _check("server", problem=f"{server.url} does not answer: {error}")
    took_ms = round((time.perf_counter() - began) * 1000, 3)
    return _check("server", response_ms=took_ms, problem=missing)


def _links(settings: Settings) -> list[dict[str, Any]]:
    from sonde.cli.source import find_server
    from sonde.sdk.configuration import read
    from sonde.sdk.links.health import check_stores

    server = find_server(settings)
    chosen, _ = read({"url": server.url if server else None, "api_key": settings.api_key or None})
    checks = [
        _check("links", store=each.store, response_ms=each.response_ms, problem=each.problem)
        for each in check_stores(chosen)
    ]
    problem = _unread_by(server.url, settings) if server else ""
    return [*checks, _check("links", store="server", problem=problem)] if problem else checks


def _unread_by(url: str, settings: Settings) -> str:
    """Why the server does not read the Redis in which these settings keep links; empty where it does, where
    it has the links itself, and where it does not say."""
    import httpx

    from sonde.cli.source import PROBE_TIMEOUT_S
    from sonde.link_stores.choice import outside_kind

    headers = {"authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
    try:
        answer = httpx.get(f"{url}/api/v1/status", headers=headers, timeout=8 * PROBE_TIMEOUT_S)
        read = answer.raise_for_status().json()["outsideLinks"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ""
    kind = outside_kind(settings)
    if read is None and kind and settings.links_store != "both":
        return f"{url} does not read links in {kind}: start it with the same settings"
    if read and read["problem"]:
        return f"{url} cannot read links in {read['store']}: {read['problem']}"
    return ""


def _check(
    component: str, *, store: str = "", response_ms: float | None = None, problem: str = ""
) -> dict[str, Any]:
    status = "unhealthy" if problem else "healthy"
    return {
        "component": component,
        "store": store,
        "status": status,
        "response_ms": response_ms,
        "problem": problem,
    }


def _show(checks: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from sonde.cli.terminal import harmless, out

    console = out()
    for each in checks:
        well = each["status"] == "healthy"
        name = f"{each['component']} {each['store']}".strip()
        said = harmless(each["problem"]) if not well else f"answers in {each['response_ms']:.1f} ms"
        mark = ("ok  ", "green") if well else ("FAIL", "bold red")
        console.print(Text.assemble(mark, f"  {name:15} ", said), soft_wrap=True)
