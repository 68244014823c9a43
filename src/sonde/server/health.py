"""Whether the server lives, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from sonde.server.dependencies import PartsOf, require
from sonde.server.parts import Parts
from sonde.settings import MIB

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[require("public")])
async def healthz() -> dict[str, str]:
    """The process answers, and says what it is: clients tell by it whom they found on a port."""
    return {"status": "alive", "server": "sonde"}


@router.get(
    "/readyz",
    dependencies=[require("public")],
    responses={503: {"description": "Not ready: `missing` says why."}},
)
async def readyz(parts: PartsOf) -> JSONResponse:
    """200 when telemetry is taken and queries are answered, else 503 with what is missing."""
    missing = not_ready(parts)
    body = {"status": "not ready" if missing else "ready", "missing": missing}
    return JSONResponse(body, status_code=503 if missing else 200)


def not_ready(parts: Parts) -> list[str]:
    """What keeps the server from its work; empty when nothing does."""
    missing: list[str] = []
    if parts.store is None:
        missing.append("the store is not open")
    if parts.journal is not None:
        stats = parts.journal.stats()
        if stats.write_error:
            missing.append(f"the journal cannot be written: {stats.write_error}")
        if stats.bytes >= parts.settings.journal_max_mb * MIB:
            missing.append("the journal is at its limit")
    return missing
