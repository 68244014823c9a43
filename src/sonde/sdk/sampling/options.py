"""What is kept when not everything is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from sonde.sdk.complaints import complain


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How spans are sampled.

    `ratio` is the share of traces that is kept, from 0 to 1. `always` are globs of span names (of HTTP
    servers also `METHOD /route` and `METHOD /path`) that are kept whatever the ratio says. Of the traces
    that the ratio leaves out, this process keeps those with an error (`keep_errors`) and those slower than
    `keep_slow_ms` milliseconds; it holds up to `memory_mb` MiB of them until it knows.

    `follow_parent`: a trace that came in is kept if its caller keeps it; False decides by `ratio` alone.
    """

    ratio: float = 1.0
    always: tuple[str, ...] = ()
    keep_errors: bool = True
    keep_slow_ms: float | None = None
    memory_mb: float = 16
    follow_parent: bool = True

    @property
    def keeps_tail(self) -> bool:
        """Whether traces that the ratio leaves out are remembered until it is known how they ended."""
        return self.ratio < 1 and self.memory_mb > 0 and (self.keep_errors or self.keep_slow_ms is not None)


def acceptable_options(options: SamplingOptions) -> SamplingOptions:
    """`options` with what cannot be used replaced by its default, and said so once."""
    if not _is_number(options.ratio) or options.ratio > 1:
        complain(
            "cannot sample with ratio %r: must be a number from 0 to 1; everything is kept", options.ratio
        )
        options = replace(options, ratio=1.0)
    if options.keep_slow_ms is not None and not _is_number(options.keep_slow_ms):
        complain("cannot keep traces slower than %r ms: must be a number; left out", options.keep_slow_ms)
        options = replace(options, keep_slow_ms=None)
    if not _is_number(options.memory_mb):
        complain("cannot remember %r MB of traces: must be a number; it is 16", options.memory_mb)
        options = replace(options, memory_mb=16)
    always = _globs(options.always)
    if always is None:
        complain("cannot always keep %r: must be a list of globs; left out", options.always)
    return replace(options, always=always or ())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _globs(value: object) -> tuple[str, ...] | None:
    """One glob or several; None if it is neither."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        return None
    globs = tuple(cast(Iterable[object], value))
    return cast(tuple[str, ...], globs) if all(isinstance(glob, str) for glob in globs) else None
