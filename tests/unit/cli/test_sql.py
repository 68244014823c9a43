from __future__ import annotations

import pytest

from sonde.cli.sql import READING, keywords


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("select 1", ["SELECT", "1"]),
        ("  \n-- why\n/* and\nhow */ (WITH x SELECT 2)", ["WITH", "X", "SELECT", "2"]),
        ("# comment\nSHOW TABLES", ["SHOW", "TABLES"]),
        ("/* SELECT */ DROP TABLE otel_logs", ["DROP", "TABLE", "OTEL_LOGS"]),
        ("SELECT 'it''s \\' INSERT', \"insert\", `insert` INTO x", ["SELECT", "INTO", "X"]),
        ("-- SELECT", []),
        ("", []),
    ],
)
def test_comments_texts_and_quoted_names_are_no_keywords(statement: str, words: list[str]) -> None:
    assert keywords(statement) == words


def test_no_keyword_that_writes_is_allowed() -> None:
    assert not set(READING) & {
        "INSERT",
        "CREATE",
        "DROP",
        "ALTER",
        "SYSTEM",
        "SET",
        "KILL",
        "BACKUP",
        "RESTORE",
    }
