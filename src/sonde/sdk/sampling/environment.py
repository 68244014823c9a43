"""The sampler that `OTEL_TRACES_SAMPLER` names.

Source: OpenTelemetry specification, "Environment Variable Specification", General SDK Configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Final, cast

from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler

from sonde.sdk.complaints import complain
from sonde.sdk.sampling.options import SamplingOptions
from sonde.sdk.sampling.sampler import make_sampler

# Where other packages offer samplers: a function of the text of OTEL_TRACES_SAMPLER_ARG.
_ENTRY_POINTS: Final = "opentelemetry_traces_sampler"


def sampler_from_environment(name: str, argument: str | None, options: SamplingOptions) -> Sampler:
    """The sampler `name` (a value of `OTEL_TRACES_SAMPLER`) with `argument` (`OTEL_TRACES_SAMPLER_ARG`).

    It takes the place of `options.ratio`; the rest of `options` holds for it as well: what is forced is
    kept by all of them but `always_off`, and the tail by those that have a ratio.
    """
    match name.strip().lower():
        case "always_on":
            return make_sampler(replace(options, ratio=1.0, follow_parent=False))
        case "always_off":
            return ALWAYS_OFF
        case "traceidratio":
            return make_sampler(replace(options, ratio=_ratio(argument), follow_parent=False))
        case "parentbased_always_on":
            return make_sampler(replace(options, ratio=1.0))
        case "parentbased_always_off":
            return make_sampler(replace(options, ratio=0.0, keep_errors=False, keep_slow_ms=None))
        case "parentbased_traceidratio":
            return make_sampler(replace(options, ratio=_ratio(argument)))
        case _:
            return _offered(name.strip(), argument or "") or make_sampler(options)


def _ratio(argument: str | None) -> float:
    """The ratio that is given; 1 where none is, as the specification says."""
    if not argument or not argument.strip():
        return 1.0
    try:
        return float(argument)
    except ValueError:
        complain(
            "cannot sample by OTEL_TRACES_SAMPLER_ARG=%s: must be a number from 0 to 1; it is 1", argument
        )
        return 1.0


def _offered(name: str, argument: str) -> Sampler | None:
    """A sampler that an installed package offers; None, and said once, where none does or it fails."""
    try:
        for offer in entry_points(group=_ENTRY_POINTS, name=name):
            return cast(Callable[[str], Sampler], offer.load())(argument)
    except Exception as error:
        complain("cannot use OTEL_TRACES_SAMPLER=%s; it is left out", name, error=error)
        return None
    complain("cannot use OTEL_TRACES_SAMPLER=%s: no such sampler; it is left out", name)
    return None
