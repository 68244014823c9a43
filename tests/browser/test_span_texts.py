"""How the span panel reads texts: SQL, JSON and stack traces, also such as are none."""

from __future__ import annotations

import json
import random
import re
import time
from typing import Any

import pytest
from bench.server_process import SondeServer
from tests.browser.conftest import OpenPage
from tests.browser.span_texts import GO_STACK, JAVA_STACK, NODE_STACK, PYTHON_STACK, STATEMENT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SQL_PIECES = [
    *("SELECT", "select", "FROM", "WHERE", "AND", "OR", "BETWEEN", "IN", "(", "(", ")", ")", ",", ";", "*"),
    *(
        "'it''s'",
        "'open",
        '"name"',
        "`name`",
        "$1",
        ":name",
        "%(x)s",
        "?",
        "{a:UInt8}",
        "--note\n",
        "/* x */",
    ),
    *("/*", "$$ body $$", "$a$", "1.5e3", "0xff", "a.b", "x::int", "->>", "LEFT JOIN", "ON CONFLICT", "CASE"),
    *("UNION ALL", "GROUP BY", "\u202e", "\U0001f937", "<script>", "\\", "\n", "\t", "é", "FOR UPDATE"),
]
STACK_PIECES = [
    *PYTHON_STACK.splitlines(),
    *NODE_STACK.splitlines(),
    *JAVA_STACK.splitlines(),
    *GO_STACK.splitlines(),
    *(
        "",
        "  |",
        "  + Exception Group Traceback (most recent call last):",
        "  +-+---------------- 1 ----------------",
    ),
    *(
        "at",
        "@",
        "Caused by:",
        "[cause]: x",
        "\u202e",
        "(" * 500,
        "  File " * 50,
        "    at " + "a/" * 400 + ":1:2",
    ),
]


def call(open_page: OpenPage, server: SondeServer, module: str, body: str, argument: Any) -> Any:
    """What a function over the exports of a module of the page answers."""
    page = open_page(f"{server.url}/#/status")
    script = f"""async (given) => {{
        const views = Object.values(JSON.parse(document.getElementById("views").textContent));
        const path = views.flatMap((view) => view.modules).find((path) => path.endsWith("{module}"));
        const found = await import(new URL(path, document.baseURI).href);
        return ({body})(found, given);
    }}"""
    return page.evaluate(script, argument)


def mixed(pieces: list[str], count: int, longest: int, joint: str) -> list[str]:
    """Texts of pieces by chance, the same ones each time."""
    chance = random.Random(4)
    return [joint.join(chance.choices(pieces, k=chance.randint(0, longest))) for _ in range(count)]


def without_space(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_laying_out_sql_changes_white_space_alone(spans: SondeServer, open_page: OpenPage) -> None:
    statements = [STATEMENT, *mixed(SQL_PIECES, 1500, 40, " "), *mixed(SQL_PIECES, 1500, 40, "")]
    laid_out = call(
        open_page,
        spans,
        "span/sql.js",
        """(sql, all) => all.map((each) =>
            sql.formatSql(each).map((line) => line.map((piece) => piece.text).join("")))""",
        statements,
    )

    for statement, lines in zip(statements, laid_out, strict=True):
        assert without_space("".join(lines)) == without_space(statement)


def test_json_keeps_every_digit_and_text(spans: SondeServer, open_page: OpenPage) -> None:
    texts = [
        '{"a": [1, 2.50, -0, 1e400, 12345678901234567890.12345678901234567890], "b": {}, "c": []}',
        '["{ , : } [", "\\\\\\"", "\\u0000", null, true, false, {"": {"": []}}]',
        json.dumps({f"key {n}": list(range(n)) for n in range(60)}),
        "[" * 100 + "]" * 100,
    ]
    broken = ["{", "[1,]", "{'a': 1}", "null", "17", "", "[1] [2]", "[" * 50_000 + "]" * 50_000]
    laid_out = call(
        open_page, spans, "lib/json.js", "(json, all) => all.map((each) => json.pretty(each))", texts + broken
    )

    assert laid_out[len(texts) :] == [None] * len(broken)
    for text, found in zip(texts, laid_out, strict=False):
        assert without_space(found) == without_space(text)
        assert json.loads(found, parse_float=str) == json.loads(text, parse_float=str)


def test_stack_traces_of_any_text_are_read_at_once(spans: SondeServer, open_page: OpenPage) -> None:
    texts = mixed(STACK_PIECES, 1000, 30, "\n")
    long = [
        piece * (300_000 // len(piece))
        for piece in ("at ", "\n  at (", "@http:", 'File "', ":1", "node_modules/", "a/", "|", " ", "\n", "(")
    ]
    began = time.monotonic()
    frames = call(
        open_page,
        spans,
        "span/stack.js",
        """(stack, all) => all.map((each) =>
            stack.readStack(each)?.flatMap((block) => stack.runs(block.frames)).length ?? 0)""",
        texts + [f'{each}\n  File "/a.py", line 1, in f\n' for each in long],
    )

    assert time.monotonic() - began < 20
    assert sum(count > 0 for count in frames) > 500


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (
            PYTHON_STACK,
            ["/srv/shop/bank.py 41", "httpx 914", "httpcore 12", "/srv/shop/orders.py 7"],
        ),
        (
            NODE_STACK,
            ["/srv/app/src/bank.js 10", "express 95", "node 95", "/srv/app/src/main.mjs 3"],
        ),
        (
            "charge@http://localhost/static/app.js:10:5\n@https://cdn.example/lib.js:3:1",
            ["http://localhost/static/app.js 10", "https://cdn.example/lib.js 3"],
        ),
    ],
)
def test_frames_are_the_programs_own_or_of_a_library(
    spans: SondeServer, open_page: OpenPage, stack: str, expected: list[str]
) -> None:
    frames = call(
        open_page,
        spans,
        "span/stack.js",
        """(stack, text) => stack.readStack(text).flatMap((block) =>
            block.frames.map((frame) => `${frame.library || frame.path} ${frame.line}`))""",
        stack,
    )

    assert frames == expected
