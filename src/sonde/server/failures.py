"""How the API says that something went wrong: one JSON shape for every error."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sonde.errors import (
    MethodNotAllowed,
    NotFound,
    Overloaded,
    SondeError,
    StoreUnavailable,
    Unauthenticated,
)
from sonde.server.invalid import refusal

log = logging.getLogger("sonde.server")


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str
    message: str
    hint: str
    position: int | None = None
    """Where a search does not parse: characters, from 0. Only errors of a search have it."""
    reason: str | None = None
    """Why an entity has no link: `unknown` or `expired`. Only `no_link` has it."""


class ErrorAnswer(BaseModel):
    """Any answer with a status of 400 or above."""

    error: ErrorDetail


DESCRIBED: dict[int | str, dict[str, object]] = {
    "default": {"model": ErrorAnswer, "description": "What went wrong, and what to do about it."}
}
"""Errors in OpenAPI, the same for every route."""


def install(app: FastAPI) -> None:
    """Make every failure of the app's routes answer `{"error": {"code", "message", "hint"}}`."""
    app.add_exception_handler(SondeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


def answer(error: SondeError) -> JSONResponse:
    """The response for an error."""
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, Overloaded):
        headers["retry-after"] = str(error.retry_after_s)
    elif isinstance(error, StoreUnavailable):
        headers["retry-after"] = "1"
    return JSONResponse(error.as_json(), status_code=error.http_status, headers=headers)


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, SondeError)
    if error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s: %s", request.method, request.url.path, error.message)
    refusal = answer(error)
    if _is_read_by_people(request):
        headers = {**refusal.headers, "x-content-type-options": "nosniff"}
        del headers["content-type"], headers["content-length"]
        text = f"{error.message}\n\n{error.hint}".rstrip() + "\n"
        return PlainTextResponse(text, refusal.status_code, headers)
    return refusal


def _is_read_by_people(request: Request) -> bool:
    """Whether someone has followed a redirect in a browser: all else is asked for by programs."""
    path: str = getattr(request.scope.get("route"), "path", "")
    return path.partition("{")[0].rstrip("/") == "/go" and "text/html" in request.headers.get("accept", "")


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    body = getattr(request.scope.get("route"), "body_field", None)
    return answer(refusal(error.errors(), body.field_info.annotation if body is not None else None))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, SondeError):  # raised while the body was read
        return answer(error.__cause__)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(
            NotFound(f"nothing is at {request.url.path}", hint="/api/v1/openapi.json lists the API")
        )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = MethodNotAllowed(
            f"cannot {request.method} {request.url.path}",
            hint="telemetry goes to /v1/traces, /v1/logs and /v1/metrics; /api/v1/openapi.json lists the API",
        )
        return JSONResponse(refusal.as_json(), status_code=refusal.http_status, headers=error.headers)
    body = {"error": {"code": "http", "message": str(error.detail), "hint": ""}}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _unknown(request: Request, _: Exception) -> JSONResponse:
    return answer(SondeError("something went wrong in the server", hint="the server's log says what"))
