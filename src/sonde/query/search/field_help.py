"""A sentence on each field of a search, for completion."""

from __future__ import annotations

from collections.abc import Mapping

from sonde.query.search.fields import Searched

_EVERYWHERE = {
    "service": "service that sent it",
    "component": "part of a service; the service itself where it names none",
}
_SCOPE = {"scope": "instrumentation scope"}
_TIES = {
    **_SCOPE,
    "trace": "trace id, 32 hexadecimal digits",
    "span": "span id, 16 hexadecimal digits",
    "correlation": "id that ties work together",
    "session": "session id",
    "run": "run of a job",
    "orchestration": "orchestration id",
    "trigger": "trigger event of a pipeline",
}
FIELD_HELP: Mapping[Searched, Mapping[str, str]] = {
    "spans": {
        **_EVERYWHERE,
        "operation": "name of the span",
        "status": "success, error, blocked, skipped or unset",
        "duration": "how long it took: >200ms, 100ms..2s",
        "kind": "server, client, internal, producer or consumer",
        "is": "root, open or error",
        "has": "a field or attribute is there",
        "name": "name of the span, as operation",
        "message": "status message",
        "event": "name of an event of the span",
        "parent": "span id of the parent",
        **_TIES,
    },
    "logs": {
        **_EVERYWHERE,
        "severity": "trace, debug, info, warn, error, fatal or 1 to 24: >=warn",
        "body": "text of the log record",
        "event": "name of the event",
        "status": "success, error, blocked, skipped or unset",
        "is": "error or event",
        "has": "a field or attribute is there",
        "level": "as severity",
        "message": "as body",
        **_TIES,
    },
    "metrics": {**_EVERYWHERE, **_SCOPE},
}
"""By kind of record, in the order they are offered."""

FLAG_HELP: Mapping[str, str] = {
    "root": "has no parent",
    "open": "has not ended yet",
    "error": "failed",
    "event": "has an event name",
}
"""What `is:` takes."""
