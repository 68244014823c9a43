"""The Prometheus text format."""

from __future__ import annotations

from sonde.server.exposition import Histogram, Page


def test_a_page_of_each_kind() -> None:
    page = Page()
    page.gauge("up", "Whether it runs.", 1)
    page.counters("refused_total", "Refused.", ["signal", "reason"], {("logs", "too_large"): 2})
    assert page.text() == (
        "# HELP up Whether it runs.\n"
        "# TYPE up gauge\n"
        "up 1\n"
        "# HELP refused_total Refused.\n"
        "# TYPE refused_total counter\n"
        'refused_total{signal="logs",reason="too_large"} 2\n'
    )


def test_label_values_are_escaped() -> None:
    page = Page()
    page.counters("odd_total", "Odd.", ["what"], {('a"b\\c\nd',): 1})
    assert r'odd_total{what="a\"b\\c\nd"} 1' in page.text()


def test_a_histogram_counts_up_to_infinity() -> None:
    histogram = Histogram("table")
    for seconds in (0.001, 0.002, 99):
        histogram.observe(seconds, "logs")
    page = Page()
    page.histogram("insert_seconds", "Inserts.", histogram)
    lines = page.text().splitlines()
    assert 'insert_seconds_bucket{table="logs",le="0.001"} 1' in lines
    assert 'insert_seconds_bucket{table="logs",le="30"} 2' in lines
    assert 'insert_seconds_bucket{table="logs",le="+Inf"} 3' in lines
    assert 'insert_seconds_count{table="logs"} 3' in lines
    assert 'insert_seconds_sum{table="logs"} 99.003' in lines
