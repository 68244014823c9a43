"""`POST /api/v1/flush`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sonde.errors import Overloaded
from sonde.server.dependencies import PartsOf, require

router = APIRouter(prefix="/api/v1", tags=["operation"])


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Flushed(_Answer):
    """Everything that was accepted before the call can be queried."""

    flushed: bool


@router.post("/flush", dependencies=[require("ingest")])
async def flush(
    parts: PartsOf,
    timeout_s: Annotated[float, Query(alias="timeoutS", gt=0, le=300, description="How long to wait.")] = 30,
) -> Flushed:
    """Wait until everything accepted so far can be queried."""
    if parts.journal is not None:
        try:
            await parts.audit.write()
            await parts.journal.flush(timeout_s)
        except TimeoutError:
            error = parts.journal.stats().store_error
            raise Overloaded(
                f"cannot flush within {timeout_s:g} s: {error or 'the store has not caught up'}",
                hint="nothing is lost: what was accepted is in the journal",
            ) from None
    return Flushed(flushed=True)
