from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde.cli.table import Row
from sonde.cli.waterfall import Node, Waterfall, bar, choose, heading, tree

MS = 1_000_000
START = 1_784_116_800_000_000_000


def span(name: str, depth: int, start_ms: float, took_ms: float, **more: object) -> Row:
    return {
        "traceId": "4b" * 16,
        "spanId": name,
        "operation": name,
        "service": "shop",
        "depth": depth,
        "startUnixNs": str(START + int(start_ms * MS)),
        "durationNs": int(took_ms * MS),
        "status": "unset",
        **more,
    }


def draw(spans: list[Row], width: int = 72, limit: int = 500, logs: list[Row] | None = None) -> list[str]:
    roots = tree(spans)
    choose(roots, limit)
    return [line.plain.rstrip() for line in Waterfall(roots, width, logs or []).lines()]


def test_a_trace_is_drawn_as_a_tree_with_bars_in_true_time() -> None:
    drawn = draw(
        [
            span("checkout", 0, 0, 100),
            span("reserve", 1, 0, 50),
            span("query", 2, 25, 25),
            span("pay", 1, 50, 50),
        ]
    )
    assert drawn == [
        "SPAN                               DURATION  0            50 ms   100 ms",
        "checkout  shop                       100 ms  ███████████████████████████",
        "├╴reserve  shop                       50 ms  █████████████▌",
        "│ └╴query  shop                       25 ms        ▐██████▌",
        "└╴pay  shop                           50 ms               ▐█████████████",
    ]


def test_errors_show_their_message_and_open_spans_run_to_the_end() -> None:
    drawn = draw(
        [
            span("checkout", 0, 0, 100),
            span("pay", 1, 10, 10, status="error", statusCode="Error", statusMessage="declined"),
            span("mail", 1, 50, 0, isOpen=True),
        ],
        width=100,
    )
    assert "pay  shop  declined" in drawn[2]
    assert "running" in drawn[3]
    assert drawn[3].endswith("░")


def test_an_orphan_names_its_missing_parent() -> None:
    spans = [span("late", 0, 0, 5, orphan=True, parentSpanId="00f067aa0ba902b7")]
    assert "parent 00f067aa0ba902b7 missing" in draw(spans, width=120)[1]
    lines = heading({"traceId": "4b" * 16, "spanCount": 1, "missingRoot": True}, tree(spans))
    assert "root span is not here" in lines[-1].plain


def test_logs_stand_below_their_span_and_the_rest_at_the_end() -> None:
    logs: list[Row] = [
        {
            "spanId": "b",
            "unixNs": str(START + 30 * MS),
            "severity": "WARN",
            "severityNumber": 13,
            "body": "slow",
        },
        {
            "spanId": "",
            "unixNs": str(START + 90 * MS),
            "severity": "INFO",
            "severityNumber": 9,
            "body": "no span",
        },
    ]
    drawn = draw([span("a", 0, 0, 100), span("b", 1, 0, 50), span("c", 1, 60, 10)], width=100, logs=logs)
    names = [line.split()[0].strip("├╴└│·") or line.split()[1] for line in drawn[1:]]
    assert names[:2] == ["a", "b"]
    assert "WARN slow" in drawn[3]
    assert drawn[3].endswith("•")
    assert "INFO no span" in drawn[-1]


def test_the_words_of_a_log_go_before_the_dot_of_its_time() -> None:
    words = "card declined for order ord_2d3bc0e938"
    log: Row = {
        "spanId": "a",
        "severity": "WARN",
        "severityNumber": 13,
        "eventName": "payment.declined",
        "body": words,
    }
    early, late = (
        draw([span("a", 0, 0, 100)], width=80, logs=[{**log, "unixNs": str(START + at * MS)}])[2]
        for at in (1, 100)
    )
    assert early.endswith(words)
    assert late.endswith("•")
    assert words in late
    assert len(late) <= 80
    long = {**log, "unixNs": str(START), "body": words * 5}
    cut = draw([span("a", 0, 0, 100)], width=80, logs=[long])[2]
    assert cut.endswith("…")
    assert len(cut) <= 80


def test_control_characters_of_names_do_not_reach_the_terminal() -> None:
    drawn = "\n".join(draw([span("\x1b[2J", 0, 0, 1)]))
    assert "\x1b" not in drawn
    assert "␛[2J" in drawn


def test_a_narrow_terminal_has_no_bars() -> None:
    assert draw([span("checkout", 0, 0, 100)], width=40)[1] == "checkout  shop                    100 ms"


def test_a_large_trace_shows_errors_with_the_way_to_them() -> None:
    spans = [span("root", 0, 0, 1000)]
    for index in range(5_000):
        spans.append(span(f"child{index}", 1, index / 10, 0.1))
        spans.append(span(f"grandchild{index}", 2, index / 10, 0.05))
    spans[6_002] |= {"statusCode": "Error", "statusMessage": "boom"}
    roots = tree(spans)
    assert choose(roots, 50) == 10_001 - 50
    drawn = [line.plain for line in Waterfall(roots, 100).lines()]
    assert len(drawn) < 110
    assert any("grandchild3000" in line and "boom" in line for line in drawn)
    assert any("child3000 " in line for line in drawn)
    assert drawn[-1].strip().startswith("└╴… ")


def test_errors_left_out_are_counted() -> None:
    spans = [span("root", 0, 0, 100)] + [span(f"e{n}", 1, n, 1, statusCode="Error") for n in range(20)]
    drawn = draw(spans, limit=5)
    assert drawn[-1] == "└╴… 16 more, 16 with errors"


def test_a_chain_deeper_than_the_screen_stays_readable() -> None:
    drawn = draw([span(f"level{n}", n, n, 1000 - n) for n in range(500)], width=100)
    assert len(drawn) == 501
    assert "level40" in drawn[41]


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12), st.integers(1, 120))
def test_a_bar_is_visible_and_stays_within_its_width(start: int, took: int, whole: int, width: int) -> None:
    drawn = bar(min(start, whole), min(start + took, whole), whole, width)
    assert drawn.strip()
    assert cell_len(drawn) <= width


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 80), st.integers(20, 250))
def test_any_shape_of_tree_fits_the_terminal(depths: list[int], limit: int, width: int) -> None:
    spans = [span(f"s{index}", depth, index, 1) for index, depth in enumerate(depths)]
    roots: list[Node] = tree(spans)
    left_out = choose(roots, limit)
    lines = list(Waterfall(roots, width).lines())
    assert all(cell_len(line.plain) <= width for line in lines)
    notes = sum(" more" in line.plain for line in lines)
    assert len(lines) - 1 - notes == len(spans) - left_out
