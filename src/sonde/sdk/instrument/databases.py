"""Databases: what every driver of Python's DB-API says about a statement, and SQLite's short cuts.

OpenTelemetry's instrumentations name a span by its first word and keep the values in the text. Here a
span is named `SELECT orders`, its text has `?` for every value, and `connection.execute()` of SQLite,
which goes past the cursor they watch, is seen as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from opentelemetry.instrumentation import dbapi
from opentelemetry.trace import Span

from sonde.sdk.instrument.patch import Function, Patch
from sonde.sdk.instrument.sql_text import Statement, read_statement

OPERATION: Final = "db.operation.name"
COLLECTION: Final = "db.collection.name"
TEXTS: Final = ("db.query.text", "db.statement")
SUMMARY: Final = "db.query.summary"


def switch_on() -> None:
    """Say more, and less, about statements from now on."""
    for patch in _patches:
        patch.on()


def switch_off() -> None:
    """Leave statements as OpenTelemetry tells them."""
    for patch in _patches:
        patch.off()


def _described(original: Function) -> Function:
    def populate_span(tracer: Any, span: Span, cursor: object, *args: Any) -> None:
        original(tracer, span, cursor, *args)
        text: str = tracer.get_statement(cursor, args) if span.is_recording() else ""
        if text:
            system: str = tracer._db_api_integration.database_system
            _describe(span, read_statement(text, mysql=system in ("mysql", "mariadb")))

    return populate_span


def _describe(span: Span, statement: Statement) -> None:
    told: Mapping[str, object] = getattr(span, "attributes", None) or {}
    for name in TEXTS:
        if name in told:
            span.set_attribute(name, statement.text)
    if not statement.operation:
        return
    span.update_name(statement.summary)
    span.set_attribute(SUMMARY, statement.summary)
    span.set_attribute(OPERATION, statement.operation)
    if statement.target:
        span.set_attribute(COLLECTION, statement.target)


def _with_short_cuts(original: Function) -> Function:
    def get_traced_connection_proxy(connection: Any, integration: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(connection, sqlite3.Connection):
            return _SQLiteConnection(connection, integration)
        return original(connection, integration, *args, **kwargs)

    return get_traced_connection_proxy


class _SQLiteConnection(dbapi.TracedConnectionProxy[sqlite3.Connection]):
    """A connection whose short cuts go by the cursor that is watched."""

    def execute(self, *args: Any) -> sqlite3.Cursor:
        return self._by_cursor("execute", *args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        return self._by_cursor("executemany", *args)

    def backup(self, target: sqlite3.Connection, **options: Any) -> None:
        # SQLite wants the connection itself.
        if isinstance(target, dbapi.TracedConnectionProxy):
            target = target.__wrapped__
        self.__wrapped__.backup(target, **options)

    def _by_cursor(self, method: str, *args: Any) -> sqlite3.Cursor:
        call: Callable[..., sqlite3.Cursor] = getattr(self.cursor(), method)
        return call(*args)


_patches = (
    Patch(dbapi.CursorTracer, "_populate_span", _described),
    Patch(dbapi, "get_traced_connection_proxy", _with_short_cuts),
)
