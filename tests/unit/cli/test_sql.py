from __future__ import annotations

import pytest

from sonde.cli.sql import READING, first_word


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("select 1", "SELECT"),
        ("  \n-- why\n/* and\nhow */ (WITH x AS (SELECT 1) SELECT 2)", "WITH"),
        ("# comment\nSHOW TABLES", "SHOW"),
        ("INSERT INTO FUNCTION file('/tmp/x') SELECT 1", "INSERT"),
        ("/* SELECT */ DROP TABLE otel_logs", "DROP"),
        ("-- SELECT", ""),
        ("", ""),
    ],
)
def test_the_first_keyword_is_found_behind_comments(statement: str, word: str) -> None:
    assert first_word(statement) == word


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
