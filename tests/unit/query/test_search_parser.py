"""The search syntax: what a text means, and where and how it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.errors import SearchSyntaxError
from sonde.query.search import EVERYTHING, Node, Searched, condition, parse, predicate
from sonde.query.search.parser import MAX_DEPTH, MAX_TERMS
from sonde.query.search.tree import (
    And,
    Compare,
    Equals,
    Exists,
    Match,
    Not,
    Or,
    Pattern,
    Range,
    Regex,
    Term,
    Wildcard,
)


def term(key: str | None, match: Match, position: int) -> Term:
    return Term(key, match, position)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EVERYTHING),
        ("   ", EVERYTHING),
        ("*", term(None, Exists(), 0)),
        ("checkout", term(None, Equals("checkout"), 0)),
        ('"free text"', term(None, Equals("free text"), 0)),
        ('"a \\"quoted\\" word"', term(None, Equals('a "quoted" word'), 0)),
        ("service:checkout", term("service", Equals("checkout"), 8)),
        ('http.route:"/cart"', term("http.route", Equals("/cart"), 11)),
        ("http.route:/cart/items", term("http.route", Equals("/cart/items"), 11)),
        ("url.full:http://shop/x?", term("url.full", Pattern(("http://shop/x", Wildcard.ONE)), 9)),
        ("http://shop/x", term(None, Equals("http://shop/x"), 0)),
        ('"odd key":x', term("odd key", Equals("x"), 10)),
        ("a\\:b:c", term("a:b", Equals("c"), 5)),
        ("a:b:c", term("a", Equals("b:c"), 2)),
        ("name:GET*", term("name", Pattern(("GET", Wildcard.ANY)), 5)),
        ("name:a\\*b?", term("name", Pattern(("a*b", Wildcard.ONE)), 5)),
        ("name:a\\*b", term("name", Equals("a*b"), 5)),
        ('name:"a*b"', term("name", Equals("a*b"), 5)),
        ("key:*", term("key", Exists(), 4)),
        ("has:key", term("key", Exists(), 4)),
        ("/time.?out/", term(None, Regex("time.?out"), 0)),
        ("key:/a b/", term("key", Regex("a b"), 4)),
        ("key:/a\\/b\\d/", term("key", Regex("a/b\\d"), 4)),
        ("duration:>200ms", term("duration", Compare(">", "200ms"), 9)),
        ("n:>=-5", term("n", Compare(">=", "-5"), 2)),
        ("n:<=5", term("n", Compare("<=", "5"), 2)),
        ("n:=5", term("n", Equals("5"), 2)),
        ("n:!=5", Not(term("n", Equals("5"), 2))),
        ("duration:200ms..1s", term("duration", Range("200ms", "1s"), 9)),
        ("n:1.5..2.5", term("n", Range("1.5", "2.5"), 2)),
        ("n:5..", term("n", Range("5", ""), 2)),
        ("n:..5", term("n", Range("", "5"), 2)),
        ("path:../x", term("path", Equals("../x"), 5)),
        ("..", term(None, Equals(".."), 0)),
        ("a b", And((term(None, Equals("a"), 0), term(None, Equals("b"), 2)))),
        ("a AND b", And((term(None, Equals("a"), 0), term(None, Equals("b"), 6)))),
        ("a OR b", Or((term(None, Equals("a"), 0), term(None, Equals("b"), 5)))),
        ("NOT a", Not(term(None, Equals("a"), 4))),
        ("-a", Not(term(None, Equals("a"), 1))),
        ("!a", Not(term(None, Equals("a"), 1))),
        ("NOT -a", term(None, Equals("a"), 5)),
        ("and or not", And(tuple(term(None, Equals(w), p) for w, p in (("and", 0), ("or", 4), ("not", 7))))),
        ("NOTHING", term(None, Equals("NOTHING"), 0)),
        ("k:(a OR b)", Or((term("k", Equals("a"), 3), term("k", Equals("b"), 8)))),
        ("k:(-5 OR -b)", Or((term("k", Equals("-5"), 3), Not(term("k", Equals("b"), 10))))),
    ],
)
def test_a_text_is_read_as(text: str, tree: Node) -> None:
    assert parse(text) == tree


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (Term(None, Equals(name), at) for name, at in (("a", 0), ("b", 5), ("c", 7)))
    assert parse("a OR b c") == Or((a, And((b, c))))


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("a:", 2, 'a value after "a:"'),
        ("a: b", 2, 'a value after "a:"'),
        ("(a", 0, 'a ")" for this "("'),
        ("x (a OR (b)", 2, 'a ")" for this "("'),
        ("a)", 1, 'found ")" without its "("'),
        ("()", 1, 'a term, found ")"'),
        ("a AND", 5, "a term, found the end"),
        ("OR a", 0, "a term, found OR"),
        ("a OR OR b", 5, "a term, found OR"),
        ("NOT", 3, "a term, found the end"),
        ("a /[/", 2, "a regular expression (RE2): missing ]"),
        ("k:/(/", 2, "a regular expression (RE2): missing )"),
        ("k:/a)(b/", 2, "a regular expression (RE2)"),
        ("k:/(?=x)/", 2, "a regular expression (RE2)"),
        ('x "abc', 2, "a closing quote"),
        ('a:"x"y', 5, "a space after the closing quote"),
        ('a:x"y"', 3, "a space before"),
        ("ht*p:x", 2, "a field name, found the wildcard "),
        (":x", 0, 'a field name before ":"'),
        ("n:>", 3, 'a value after ">"'),
        ("n:!=)", 4, 'a value after "!="'),
        ("has:", 4, 'a value after "has:"'),
        ("has:>5", 4, "the name of a field or attribute"),
        ("duration:>x", 9, "a duration such as 200ms"),
        ("duration:fast*", 9, "a duration such as 200ms"),
        ("service:>5", 8, "text for"),
        ("is:closed", 3, "is:root or is:open or is:error"),
        ("severity:error", 9, 'a field of spans; "severity" is one of logs'),
        ("user.age:>old", 9, "a number"),
        ("user.age:1..old", 9, "a number"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_was_expected(
    text: str, position: int, expected: str
) -> None:
    with pytest.raises(SearchSyntaxError) as caught:
        condition(parse(text), "spans")
    assert caught.value.position == position
    assert f"at character {position + 1}: expected " in caught.value.message
    assert expected in caught.value.message


@pytest.mark.parametrize("searched", ["logs", "metrics"])
def test_a_field_of_spans_is_refused_elsewhere_and_the_error_names_the_attribute(
    searched: Searched,
) -> None:
    with pytest.raises(SearchSyntaxError, match=r"is one of spans .*attribute\.duration"):
        predicate(parse("duration:>5ms"), searched)
    predicate(parse("attribute.duration:>5"), searched)


@pytest.mark.parametrize("text", ["a " * 5000, "(" * 2000, "a OR " * 300 + "a", "x:" + "(" * 500, "a " * 200])
def test_a_huge_search_is_refused_and_says_the_limit(text: str) -> None:
    with pytest.raises(SearchSyntaxError, match="expected at most") as caught:
        parse(text)
    assert 0 <= caught.value.position <= len(text)


def test_a_search_at_the_limits_is_taken() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Term(None, Equals("a"), MAX_DEPTH)
    assert len(condition(parse(" ".join(["a:1"] * MAX_TERMS)), "spans").sql) > MAX_TERMS
    assert isinstance(parse("NOT " * 1001 + "a"), Not)


_SYNTAX = st.sampled_from(
    ['"', "(", ")", ":", "\\", "/", "*", "?", "AND", "OR", "NOT", "-", "!", ">", "..", " "]
)


@given(
    st.lists(st.one_of(_SYNTAX, st.text(max_size=4), st.sampled_from(["a", "duration", "1s", "is", "has"])))
)
def test_any_text_is_read_or_refused_at_a_place_within_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        tree = parse(text)
        for searched in ("spans", "logs", "metrics"):
            condition(tree, searched)
            predicate(tree, searched)
    except SearchSyntaxError as error:
        position = error.position
    else:
        position = 0
    assert 0 <= position <= len(text)


@given(st.text(), st.text(min_size=1))
def test_every_key_and_value_can_be_written_in_quotes(value: str, key: str) -> None:
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in (key, value)]
    search = f'"{quoted[0]}":"{quoted[1]}"'
    if key != "has":
        assert parse(search) == Term(key, Equals(value), len(quoted[0]) + 3)


@given(st.text())
def test_no_value_becomes_part_of_the_sql(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    found = condition(parse(f'"{quoted}x":"{quoted}"'), "logs")
    plain = condition(parse('"x":"y"'), "logs")
    if value:
        assert found.sql == plain.sql
        assert dict(found.params) == {"p0": f"{value}x", "p1": value}
