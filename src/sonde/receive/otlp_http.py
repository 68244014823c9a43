"""OTLP over HTTP, as a bare ASGI application: this path carries every record, so nothing lies above it.

Source: OpenTelemetry Protocol specification 1.11, "OTLP/HTTP".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from sonde.decode import Signal
from sonde.errors import (
    MethodNotAllowed,
    Overloaded,
    RequestTimeout,
    SondeError,
    Unauthenticated,
    UnsupportedMediaType,
)
from sonde.receive.compression import too_large
from sonde.receive.cors import Headers, Origins
from sonde.receive.intake import Accepted, Intake
from sonde.receive.responses import export_response, export_response_json, status_json, status_protobuf

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATHS = {f"/v1/{signal.value}": signal for signal in Signal}

PROTOBUF = b"application/x-protobuf"
JSON = b"application/json"

BODY_TIMEOUT_S = 60

# After an early refusal the rest of a body is read and dropped, up to these bounds: closing at once
# would reset the connection before the sender has seen the answer.
DRAIN_BYTES = 128 * 1024 * 1024
DRAIN_TIMEOUT_S = 5

log = logging.getLogger("sonde.receive")


class OtlpHttp:
    """Answers `/v1/traces`, `/v1/logs` and `/v1/metrics`."""

    def __init__(
        self, intake: Intake, origins: Origins, admit: Callable[[Mapping[bytes, bytes], str], str]
    ) -> None:
        """`admit` gives the tenant for a request's headers and its sender's address.

        It raises Unauthenticated or Forbidden.
        """
        self._intake = intake
        self._origins = origins
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; `scope["path"]` is one of PATHS."""
        signal = PATHS[scope["path"]]
        request: dict[bytes, bytes] = dict(scope["headers"])
        method = scope["method"]
        if method == "OPTIONS":
            headers = [(b"allow", b"POST, OPTIONS"), *self._origins.preflight(request)]
            await _answer(send, 204, b"", b"", headers)
            return
        self._intake.counters.requests["http", signal] += 1
        media_type = request.get(b"content-type", b"").partition(b";")[0].strip().lower()
        json = media_type != PROTOBUF
        headers = self._origins.answer(request)
        body = _Body(receive, self._intake, request)
        try:
            if method != "POST":
                raise MethodNotAllowed(f"cannot {method}: telemetry is sent with POST")
            client = scope.get("client")
            tenant = self._admit(request, client[0] if client else "")
            accepted = await self._accept(signal, request, media_type, body, tenant)
            if accepted is None:
                return  # the sender hung up
            render = export_response_json if json else export_response
            answer = render(signal, accepted.rejected, accepted.reasons)
            await _answer(send, 200, JSON if json else PROTOBUF, answer, headers)
        except SondeError as error:
            await self._refuse(send, signal, error, body, headers, json=json)
        except Exception:
            log.exception("cannot answer %s", scope["path"])
            unknown = SondeError("something went wrong in the server; its log says what")
            await self._refuse(send, signal, unknown, body, headers, json=json)
        finally:
            body.release()

    async def _refuse(
        self, send: Send, signal: Signal, error: SondeError, body: _Body, headers: Headers, *, json: bool
    ) -> None:
        """Answer with the error.

        Apart from the frame that caught it: an error kept there would keep itself alive through its
        traceback, and with it all that a bomb grew to, until the collector of cycles comes by.
        """
        self._intake.counters.refused[signal, error.code] += 1
        if isinstance(error, Overloaded):
            headers.append((b"retry-after", b"%d" % error.retry_after_s))
        if isinstance(error, Unauthenticated):
            headers.append((b"www-authenticate", b"Bearer"))
        if isinstance(error, MethodNotAllowed):
            headers.append((b"allow", b"POST, OPTIONS"))
        if not await body.drain():
            headers.append((b"connection", b"close"))
        answer = status_json(error) if json else status_protobuf(error)
        await _answer(send, error.http_status, JSON if json else PROTOBUF, answer, headers)

    async def _accept(
        self, signal: Signal, request: Mapping[bytes, bytes], media_type: bytes, body: _Body, tenant: str
    ) -> Accepted | None:
        if media_type not in (PROTOBUF, JSON):
            raise UnsupportedMediaType(
                f"cannot read content type {media_type.decode('latin-1')!r}",
                hint="application/x-protobuf or application/json",
            )
        data = await body.read()
        if data is None:
            return None
        encoding = request.get(b"content-encoding", b"").decode("latin-1")
        return await self._intake.accept(
            signal, data, tenant=tenant, encoding=encoding, json=media_type == JSON
        )


class _Body:
    """A request's body as it arrives; what it holds is counted until `release`."""

    def __init__(self, receive: Receive, intake: Intake, request: Mapping[bytes, bytes]) -> None:
        self._receive = receive
        self._admission = intake.admission
        self._limit = intake.max_bytes
        self._expects_continue = request.get(b"expect", b"").lower() == b"100-continue"
        self._announced = int(request.get(b"content-length", b"0"))  # the server let only digits pass
        self._reserved = 0
        self._started = False
        self._complete = False

    async def read(self) -> bytes | None:
        """All of it; None when the sender hung up. Raises TooLarge, Overloaded and RequestTimeout."""
        if self._announced > self._limit:
            raise too_large(self._limit)
        self._started = True
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                while not self._complete:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        self._complete = True
                        return None
                    self._complete = not message.get("more_body", False)
                    chunk: bytes = message.get("body", b"")
                    self._admission.reserve(len(chunk))
                    self._reserved += len(chunk)
                    if self._reserved > self._limit:
                        raise too_large(self._limit)
                    chunks.append(chunk)
        except TimeoutError:
            raise RequestTimeout from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def drain(self) -> bool:
        """Drop what still arrives; False when that was too much or too slow."""
        if self._complete or (self._expects_continue and not self._started):
            return self._complete
        if self._announced > DRAIN_BYTES:
            return False
        dropped = 0
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                while not self._complete and dropped < DRAIN_BYTES:
                    message = await self._receive()
                    self._complete = not message.get("more_body", False)
                    dropped += len(message.get("body", b""))
        except TimeoutError:
            return False
        return self._complete

    def release(self) -> None:
        """Stop counting it."""
        self._admission.release(self._reserved)
        self._reserved = 0


async def _answer(send: Send, status: int, media_type: bytes, body: bytes, headers: Headers) -> None:
    if media_type:
        headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
