"""The shapes of the answers that help to search: facets, completions."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class FacetValue(TypedDict):
    """A value of a field and how many records have it. `truncated`: these are its first 200 characters."""

    value: str
    count: int
    truncated: bool


class Facet(TypedDict):
    """The most frequent values of a field or attribute; `other` counts the records with a further one."""

    field: str
    values: list[FacetValue]
    other: int


class Facets(TypedDict):
    """Facets of the records that match.

    `sampled`: some were counted in a sample and scaled. `exact` as in ServiceList.
    """

    facets: list[Facet]
    matched: int
    sampled: bool
    exact: bool


class Completion(TypedDict):
    """Something that may be typed: `text` replaces what is there, `label` is shown.

    `count`: how many of the records looked at have it; null where none were looked at.
    """

    text: str
    label: str
    kind: Literal["field", "attribute", "value", "operator"]
    count: int | None
    help: str


Completions = TypedDict("Completions", {"from": int, "to": int, "items": list[Completion]})
Completions.__doc__ = "What may replace the characters from `from` to before `to`, the likeliest first."
