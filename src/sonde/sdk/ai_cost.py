"""What an AI call cost, by the prices of the package `genai-prices` (extra `ai`).

Never a guess: no package, no provider, an unknown model or figures that contradict each other mean no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sonde import semconv
from sonde.ai_names import PRICED_AS

_UNITS: Final = {
    semconv.GEN_AI_INPUT_TOKENS: "input_tokens",
    semconv.GEN_AI_OUTPUT_TOKENS: "output_tokens",
    semconv.GEN_AI_CACHE_READ_TOKENS: "cache_read_tokens",
    semconv.GEN_AI_CACHE_WRITE_TOKENS: "cache_write_tokens",
    "gen_ai.usage.audio.input_tokens": "input_audio_tokens",
    "gen_ai.usage.audio.output_tokens": "output_audio_tokens",
    "gen_ai.usage.image.input_tokens": "input_image_tokens",
    "gen_ai.usage.image.output_tokens": "output_image_tokens",
    "gen_ai.usage.audio.cache_read.input_tokens": "cache_audio_read_tokens",
    "gen_ai.usage.image.cache_read.input_tokens": "cache_image_read_tokens",
}
_TEXT_CACHE_READ: Final = "gen_ai.usage.text.cache_read.input_tokens"


@cache
def _prices() -> Any:
    """The package, loaded for the first call, as its table takes 0.2 s; None where it is missing."""
    try:
        import genai_prices
    except ImportError:
        return None
    return genai_prices


def cost_usd(attributes: Mapping[str, object], at_ns: int) -> float | None:
    """US dollars of a call by the attributes of its span, at the prices of the time `at_ns`; None if unknown.

    Input tokens count cached ones in, output tokens those of reasoning, as the GenAI conventions say.
    """
    provider = attributes.get(semconv.GEN_AI_PROVIDER)
    tokens = {unit: value for name, unit in _UNITS.items() if isinstance(value := attributes.get(name), int)}
    if not isinstance(provider, str) or not any(tokens.values()):
        return None
    prices = _prices()
    if prices is None:
        return None
    if _TEXT_CACHE_READ in attributes and "input_audio_tokens" in tokens:
        # Broken down by modality, and zeros are left out of that.
        tokens.setdefault("cache_audio_read_tokens", 0)
    when = datetime.fromtimestamp(at_ns / 1e9, UTC)
    known = PRICED_AS.get(provider, provider)
    for name in (semconv.GEN_AI_RESPONSE_MODEL, semconv.GEN_AI_REQUEST_MODEL):
        model = attributes.get(name)
        if not isinstance(model, str) or not model:
            continue
        try:
            usage = prices.Usage(**tokens)
            found = prices.calc_price(usage, model, provider_id=known, genai_request_timestamp=when)
        except (LookupError, ValueError):
            continue
        return float(found.total_price)
    return None
