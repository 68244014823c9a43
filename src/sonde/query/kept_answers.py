"""The shapes of the answer about what sampling kept."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class Kept(TypedDict):
    """How many spans are stored, by why they were kept (`sonde.kept`).

    `unsampled`: those that bear no reason, for their sender keeps everything.
    """

    ratio: int
    forced: int
    error: int
    slow: int
    unsampled: int


class KeptOperation(TypedDict):
    """The spans of one operation of a component.

    `happened` is how many spans those stored stand for, by their weights; `share` the stored of these, 0 to
    1; `weight` how many spans a stored one stands for, the mean. `alwaysKept`: each that was stored was
    forced, for a rule (`always`), `force_sample()` or a kind of work that is always kept.
    """

    component: str
    operation: str
    stored: int
    happened: int
    share: float
    weight: float
    kept: Kept
    alwaysKept: bool
    lastSeen: str


class KeptSpans(TypedDict):
    """Operations, those with most spans stored first; `total` is also of those beyond the limit.

    Not `exact`: a span that was sent twice may count twice until the store has merged it.
    """

    operations: list[KeptOperation]
    operationCount: int
    total: KeptOperation | None
    exact: bool
