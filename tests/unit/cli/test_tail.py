from __future__ import annotations

from sonde.cli.table import Row
from sonde.cli.tail import Message, Signal, line, messages


def test_server_sent_events_are_read_as_the_standard_says() -> None:
    lines = [": beat", "", "event: span", "data: {", "data: }", "", "id: 7", "data:x", "", "data: cut off"]
    assert list(messages(lines)) == [Message("span", "{\n}"), Message("message", "x")]


def test_a_line_fits_the_terminal_and_obeys_nothing() -> None:
    row: Row = {
        "unixNs": "1784116800000000000",
        "severity": "ERROR",
        "severityNumber": 17,
        "service": "a-service-with-a-long-name",
        "body": "\x1b[2Jboom\nand more" * 10,
        "traceId": "4b" * 16,
    }
    for width in (40, 80, 200, 1000):
        text = line(Signal.LOGS, row, width)
        assert text.cell_len <= width
        assert "\x1b" not in text.plain
    assert "4b4b" in line(Signal.LOGS, row, 1000).plain
