"""Statements told by their spans: what they do, without the values in them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.sdk.instrument.sql_text import LONGEST, read_statement


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("SELECT * FROM orders WHERE id = 3", "SELECT orders"),
        ("  select a, b\nfrom shop.orders o", "SELECT shop.orders"),
        ('SELECT * FROM "My Table"', "SELECT My Table"),
        ("insert or replace into `a`.`b` values (1)", "INSERT a.b"),
        ("/* app=shop */ UPDATE users SET name = 'x'", "UPDATE users"),
        ("-- nightly\nDELETE FROM carts", "DELETE carts"),
        ("WITH recent AS (SELECT 1) SELECT * FROM recent", "WITH recent"),
        ("CREATE TABLE IF NOT EXISTS foo (id INTEGER)", "CREATE foo"),
        ("ALTER TABLE foo ADD COLUMN bar", "ALTER foo"),
        ("DROP INDEX idx", "DROP idx"),
        ("SELECT 1", "SELECT"),
        ("PRAGMA foreign_keys=ON", "PRAGMA"),
        ("(SELECT a FROM b) UNION (SELECT c FROM d)", "SELECT b"),
        ("", ""),
        ("???", ""),
    ],
)
def test_a_statement_is_summed_up_in_its_operation_and_target(text: str, summary: str) -> None:
    assert read_statement(text).summary == summary


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("SELECT * FROM t WHERE a = 'it''s' AND b = -2.5e3", "SELECT * FROM t WHERE a = ? AND b = ?"),
        (
            "SELECT * FROM t1 WHERE a = $1 AND b = :p1 AND c = ?",
            "SELECT * FROM t1 WHERE a = $1 AND b = :p1 AND c = ?",
        ),
        (r"SELECT E'a\'secret', $$secret$$, $x$secret$x$", "SELECT ?, ?, ?"),
        ("SELECT 'C:\\', 'secret'", "SELECT ?, ?"),
        ("SELECT 'never closed, secret", "SELECT ?"),
        ("SELECT x'DEAD', 0xFF, col2 FROM t", "SELECT ?, ?, col2 FROM t"),
        ('SELECT "name" FROM t', 'SELECT "name" FROM t'),
    ],
)
def test_values_are_replaced_and_names_and_placeholders_stay(text: str, safe: str) -> None:
    assert read_statement(text).text == safe


def test_text_in_double_quotes_is_a_value_in_mysql() -> None:
    assert read_statement(r'SELECT "a\"secret" # note', mysql=True).text == "SELECT ? # note"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="'"), max_size=200))
def test_no_value_in_quotes_is_ever_told(secret: str) -> None:
    assert read_statement(f"SELECT * FROM t WHERE a = '{secret}'").text == "SELECT * FROM t WHERE a = ?"


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read_statement(text)
    read_statement(text, mysql=True)


@pytest.mark.parametrize("piece", ["'", "/*", "$a$", "((", "1,", '"', "FROM ", "''", "-- ", "\\'"])
def test_no_statement_takes_long_to_read(piece: str) -> None:
    began = time.perf_counter()
    statement = read_statement("SELECT " + piece * (LONGEST * 2 // len(piece)))
    assert time.perf_counter() - began < 1
    assert len(statement.text) <= LONGEST
