"""Every error Sonde raises on purpose.

SondeError
├── SettingError            a setting has a value that is not allowed
├── DecodeError             bytes that are not the message they claim to be
├── UnsupportedMediaType    a content type or encoding OTLP does not have
├── MethodNotAllowed        a method that this address does not take
├── RequestTimeout          a request that never arrived whole
├── TooLarge                a request over a size or record limit
├── Overloaded              the journal is at its limit; retry later
├── JournalUnavailable      the journal cannot be written (disk full, I/O error)
├── StoreError              the engine refused or is away
│   ├── StoreUnavailable    the store cannot be reached or opened
│   ├── StoreLocked         another process holds the data directory
│   ├── SchemaTooNew        the store was written by a newer version
│   └── QueryTimeout        a query ran over its time limit and was cancelled
├── SearchSyntaxError       a search that does not parse; carries the position
├── BadRequest              a parameter of the API that is not allowed
├── NotFound                nothing has that id
│   └── NoLink              no run has recorded that entity, or not for long; carries which of both
├── Unauthenticated         a key is needed
│   └── TokenExpired        the time of a token for links is over
├── Forbidden               the key lacks the scope
├── ServerUnreachable       no server answers (raised by clients)
└── ServerRefused           the server answered with an error (raised by clients)
"""

from __future__ import annotations

from typing import ClassVar

from sonde.refused import RefusedCaller as _RefusedCaller


class SondeError(Exception):
    """Something went wrong that Sonde can name."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str | None = None, *, hint: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.hint = hint
        super().__init__(self.message)

    def as_json(self) -> dict[str, dict[str, object]]:
        """The one JSON shape of an error: `{"error": {"code", "message", "hint"}}`."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


class SettingError(SondeError):
    """A setting has a value that is not allowed."""

    code = "bad_setting"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"


class DecodeError(SondeError):
    """The body is not the message it claims to be."""

    code = "undecodable"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"


class UnsupportedMediaType(SondeError):
    """The content type or encoding is not one OTLP has."""

    code = "unsupported_media_type"
    http_status = 415
    grpc_status = "INVALID_ARGUMENT"


class MethodNotAllowed(SondeError):
    """This address does not take the method."""

    code = "method_not_allowed"
    http_status = 405
    grpc_status = "UNIMPLEMENTED"


class RequestTimeout(SondeError):
    """The request did not arrive in time."""

    code = "request_timeout"
    http_status = 408
    grpc_status = "DEADLINE_EXCEEDED"


class TooLarge(SondeError):
    """The request is over the size limit."""

    code = "too_large"
    http_status = 413
    grpc_status = "RESOURCE_EXHAUSTED"


class Overloaded(SondeError):
    """The server takes no more for now; retry later."""

    code = "overloaded"
    http_status = 503
    grpc_status = "UNAVAILABLE"

    def __init__(self, message: str | None = None, *, hint: str = "", retry_after_s: int = 5) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class JournalUnavailable(Overloaded):
    """The journal cannot be written."""

    code = "journal_unavailable"


class StoreError(SondeError):
    """The store refused a statement."""

    code = "store_error"

    def __init__(self, message: str | None = None, *, hint: str = "", engine_code: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.engine_code = engine_code


class StoreUnavailable(StoreError):
    """The store cannot be reached."""

    code = "store_unavailable"
    http_status = 503
    grpc_status = "UNAVAILABLE"


class StoreLocked(StoreError):
    """Another process holds the data directory."""

    code = "store_locked"
    http_status = 503
    grpc_status = "UNAVAILABLE"


class SchemaTooNew(StoreError):
    """The store was written by a newer version of Sonde."""

    code = "schema_too_new"


class QueryTimeout(StoreError):
    """The query ran over its time limit and was cancelled."""

    code = "query_timeout"
    http_status = 504
    grpc_status = "DEADLINE_EXCEEDED"


class SearchSyntaxError(SondeError):
    """The search does not parse."""

    code = "search_syntax"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"

    def __init__(self, message: str | None = None, *, hint: str = "", position: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.position = position

    def as_json(self) -> dict[str, dict[str, object]]:
        """As every error, with `position`: the offset in characters, from 0."""
        body = super().as_json()
        body["error"]["position"] = self.position
        return body


class BadRequest(SondeError):
    """A parameter has a value that is not allowed."""

    code = "bad_request"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"


class NotFound(SondeError):
    """Nothing has that id."""

    code = "not_found"
    http_status = 404
    grpc_status = "NOT_FOUND"


class NoLink(NotFound):
    """No link available"""

    code = "no_link"

    def __init__(self, message: str | None = None, *, hint: str = "", reason: str = "unknown") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason

    def as_json(self) -> dict[str, dict[str, object]]:
        """As every error, with `reason`: `unknown` (never recorded) or `expired` (too long ago)."""
        body = super().as_json()
        body["error"]["reason"] = self.reason
        return body


class Unauthenticated(SondeError):
    """A key is needed."""

    code = "unauthenticated"
    http_status = 401
    grpc_status = "UNAUTHENTICATED"

    def __init__(
        self, message: str | None = None, *, hint: str = "", refused: _RefusedCaller | None = None
    ) -> None:
        """`refused` is whoever sent it."""
        super().__init__(message, hint=hint)
        self.refused = refused or _RefusedCaller()


class TokenExpired(Unauthenticated):
    """The token has expired."""

    code = "token_expired"


class Forbidden(SondeError):
    """The key does not have the scope this needs."""

    code = "forbidden"
    http_status = 403
    grpc_status = "PERMISSION_DENIED"

    def __init__(
        self, message: str | None = None, *, hint: str = "", refused: _RefusedCaller | None = None
    ) -> None:
        """`refused` is whoever sent it."""
        super().__init__(message, hint=hint)
        self.refused = refused or _RefusedCaller()


class ServerUnreachable(SondeError):
    """No server answers."""

    code = "server_unreachable"
    http_status = 503
    grpc_status = "UNAVAILABLE"


class ServerRefused(SondeError):
    """The server answered with an error."""

    code = "server_refused"
    http_status = 502
    grpc_status = "INTERNAL"

    def __init__(
        self, message: str, *, hint: str = "", answer: str = "", status: int = 0, position: int | None = None
    ) -> None:
        """`answer` is the code of the server's error, `status` its HTTP status, `position` the offset
        in characters in a search that does not parse; who asked sets `search`."""
        super().__init__(message, hint=hint)
        self.answer = answer
        self.status = status
        self.position = position
        self.search = ""
