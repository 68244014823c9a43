"""How links were stored and read by this process, as a metric: whatever their store is."""

from __future__ import annotations

from opentelemetry.metrics import Counter, Meter

from sonde import semconv
from sonde.sdk import runtime
from sonde.sdk.complaints import complain

_made: tuple[Meter, Counter] | None = None


def count(operation: str, result: str, number: int = 1) -> None:
    """Count links; never raises.

    Args:
        operation: `store` or `retrieve`.
        result: `stored`, `found`, `missing` or `failed`.
        number: how many.
    """
    global _made
    if not number:
        return
    try:
        meter = runtime.meter()
        if _made is None or _made[0] is not meter:
            text = "Links of entities that were stored or asked for."
            _made = meter, meter.create_counter(semconv.LINK_COUNT_METRIC, "{link}", text)
        _made[1].add(number, {semconv.LINK_OPERATION: operation, semconv.LINK_RESULT: result})
    except Exception as error:  # a metric reader of the program's
        complain("cannot count links", error=error)
