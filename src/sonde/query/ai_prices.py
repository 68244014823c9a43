"""What tokens cost in US dollars, by the prices of the package `genai-prices` as they are now.

Within a class of calls (a model, a tier of its input, a time of its prices) the price is linear in the
tokens: the engine sums tokens up by class, and few prices are asked for, however many calls there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from sonde.ai_names import PRICED_AS
from sonde.query.ai_answers import PriceData
from sonde.query.time import SECOND_NS, TimeRange

_MANY = 1_000_000

CLASS: Final = (
    "provider, model, asked, arrayCount(each -> input > each, {tiers:Array(UInt64)}) AS tier, "
    "arrayCount(each -> at >= each, {dates:Array(Int64)}) AS epoch, "
    "arrayCount(each -> intDiv(at, 1000000000) % 86400 >= each, {clocks:Array(UInt32)}) AS clock"
)
"""The class of a row of `ai_spans.sql`, six columns."""

Class = tuple[str, str, str, int, int, int]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars of a call as such, and of a token of each kind; cached and written ones are of the input."""

    call: float
    input: float
    cached: float
    written: float
    output: float

    def of(self, calls: float, input_: float, cached: float, written: float, output: float) -> float:
        """What these tokens cost in all."""
        return (
            calls * self.call
            + (input_ - cached - written) * self.input
            + cached * self.cached
            + written * self.written
            + output * self.output
        )


@dataclass(frozen=True, slots=True)
class _Steps:
    """Where prices change: in input tokens, in days, in seconds of a day."""

    tiers: list[int]
    dates: list[date]
    clocks: list[int]


def class_params(range_: TimeRange) -> dict[str, object]:
    """Values of the places of `CLASS`."""
    steps = _steps()
    dates_ns = [round(datetime.combine(day, time(), UTC).timestamp()) * SECOND_NS for day in steps.dates]
    return {
        "tiers": steps.tiers,
        "dates": [each for each in dates_ns if range_.since_ns < each < range_.until_ns],
        "clocks": steps.clocks,
    }


def price(of: Class, *, at_ns: int, input_tokens: float) -> Price | None:
    """The price of a class of calls; None if its model is not known, as nothing is guessed.

    Args:
        of: the class.
        at_ns: the time of any call of it.
        input_tokens: those of any call of it.
    """
    provider, model, asked = of[:3]
    when = datetime.fromtimestamp(at_ns / SECOND_NS, UTC)
    for name in dict.fromkeys((model, asked)):
        if not name or not provider:
            continue
        try:
            return _price(PRICED_AS.get(provider, provider), name, when, max(1.0, input_tokens))
        except (LookupError, ValueError):
            continue
    return None


class Prices:
    """Prices of the classes of one question: of several calls of a class the price is looked for once."""

    def __init__(self) -> None:
        self._known: dict[Class, Price | None] = {}

    def of(self, of: Class, *, at_ns: int, input_tokens: float) -> Price | None:
        """As `price`."""
        if of not in self._known:
            self._known[of] = price(of, at_ns=at_ns, input_tokens=input_tokens)
        return self._known[of]


def price_data() -> PriceData:
    """What the prices are from."""
    today = datetime.now(UTC).date()
    past = [day for day in _steps().dates if day <= today]
    return {
        "package": "genai-prices",
        "version": version("genai-prices"),
        "date": max(past).isoformat() if past else "",
    }


def _price(provider: str, model: str, when: datetime, tokens: float) -> Price:
    def cost(**usage: float) -> float:
        import genai_prices

        found = genai_prices.calc_price(
            genai_prices.Usage(**{"input_tokens": 0, "output_tokens": 0, **usage}),
            model,
            provider_id=provider,
            genai_request_timestamp=when,
        )
        return float(found.total_price)

    nothing, plain = cost(), cost(input_tokens=tokens)
    return Price(
        call=nothing,
        input=(plain - nothing) / tokens,
        cached=(cost(input_tokens=tokens, cache_read_tokens=tokens) - nothing) / tokens,
        written=(cost(input_tokens=tokens, cache_write_tokens=tokens) - nothing) / tokens,
        output=(cost(input_tokens=tokens, output_tokens=_MANY) - plain) / _MANY,
    )


@cache
def _steps() -> _Steps:
    from genai_prices import data_snapshot

    tiers: set[int] = set()
    dates: set[date] = set()
    clocks: set[int] = set()
    for provider in data_snapshot.get_snapshot().providers:
        for model in provider.models:
            conditional: Sequence[Any] = model.prices if isinstance(model.prices, list) else ()
            prices = [each.prices for each in conditional] or [model.prices]
            for each in prices:
                known: Mapping[str, Any] = vars(each)
                for of_unit in known.values():
                    tiers |= {tier.start for tier in getattr(of_unit, "tiers", None) or ()}
            for each in conditional:
                if day := getattr(each.constraint, "start_date", None):
                    dates.add(day)
                for edge in ("start_time", "end_time"):
                    if clock := getattr(each.constraint, edge, None):
                        clocks.add(_seconds_of_day(clock))
    return _Steps(sorted(tiers), sorted(dates), sorted(clocks))


def _seconds_of_day(clock: time) -> int:
    """In UTC, as the package reads it."""
    moment = datetime.combine(date(2000, 1, 2), clock, clock.tzinfo or UTC).astimezone(UTC)
    return moment.hour * 3600 + moment.minute * 60 + moment.second
