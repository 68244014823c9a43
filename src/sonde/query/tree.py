"""Spans of a trace in the order they are drawn: each followed by its children, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """What a span's place depends on."""

    span_id: str
    parent_id: str
    start_ns: int


@dataclass(frozen=True, slots=True)
class Place:
    """A span's place: its `index` in what was given, and whether its parent is missing (`orphan`)."""

    index: int
    depth: int
    children: int
    orphan: bool


def arrange(nodes: Sequence[Node]) -> list[Place]:
    """Every node once, depth first, children and roots by start. Span ids must be distinct.

    A span whose parent is not there is a root of its own and an orphan; so is the oldest span of a cycle.
    Neither depth nor number of spans is bounded by Python's recursion.
    """
    by_id = {node.span_id: index for index, node in enumerate(nodes)}
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    order = sorted(range(len(nodes)), key=lambda index: (nodes[index].start_ns, nodes[index].span_id))
    for index in order:
        parent = by_id.get(nodes[index].parent_id) if nodes[index].parent_id else None
        if parent is None:
            roots.append(index)
        else:
            children.setdefault(parent, []).append(index)
    places: list[Place] = []
    seen = [False] * len(nodes)
    # What no root reaches hangs on a cycle: its oldest span, met first here, opens it.
    for start in [*roots, *order]:
        stack = [(start, 0)]
        while stack:
            index, depth = stack.pop()
            if seen[index]:
                continue
            seen[index] = True
            below = children.get(index, [])
            orphan = depth == 0 and bool(nodes[index].parent_id)
            places.append(Place(index, depth, len(below), orphan))
            stack.extend((child, depth + 1) for child in reversed(below))
    return places
