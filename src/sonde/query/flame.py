"""A trace as a flame graph: spans that have the same names above them are one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Frame:
    """Spans with the same labels from the root down; `slowest` and `first` are indices of spans."""

    depth: int
    label: int
    first: int
    slowest: int = -1
    spans: int = 0
    total: int = 0
    """The lengths of its spans together, each within its parent."""
    width: int = 0
    offset: int = 0
    below: list[Frame] = field(default_factory=list["Frame"])


@dataclass(frozen=True, slots=True)
class FlameGraph:
    """Frames, each followed by those below it; the frame of each span (-1: left out)."""

    frames: list[Frame]
    frame_of: list[int]
    width: int
    omitted: int


def flame(
    starts: Sequence[int],
    ends: Sequence[int],
    parents: Sequence[int],
    labels: Sequence[int],
    limit: int,
    sent: Sequence[bool] = (),
) -> FlameGraph:
    """The flame graph of spans given depth first.

    A frame is as wide as its spans took together, each counted for as long as its parent in the graph did.
    Work that was sent and goes on after what sent it is no part of that: it begins a frame of its own.
    Where frames side by side would be wider than the one above them, for they ran at the same time, all of
    them are narrowed by the same factor. Those that are wider come first.

    Args:
        starts: when each span began.
        ends: when each ended, not before its start.
        parents: the index of each one's parent, which comes before it; -1 for none.
        labels: equal for spans that may be one frame.
        limit: most frames; the narrowest are left out, with all below them.
        sent: whether a span takes up a message, which nobody need wait for; none: none does.
    """
    roots: list[Frame] = []
    known: dict[tuple[int, int], int] = {}
    frames: list[Frame] = []
    frame_of: list[int] = []
    lows, highs = list(starts), list(ends)
    for span, parent in enumerate(parents):
        above = -1
        if parent >= 0 and not (sent and sent[span] and ends[span] > highs[parent]):
            above = frame_of[parent]
            lows[span] = low = min(max(lows[span], lows[parent]), highs[parent])
            highs[span] = max(min(highs[span], highs[parent]), low)
        number = known.setdefault((above, labels[span]), len(frames))
        if number == len(frames):
            frames.append(Frame(frames[above].depth + 1 if above >= 0 else 0, labels[span], span))
            (frames[above].below if above >= 0 else roots).append(frames[number])
        frame = frames[number]
        frame_of.append(number)
        frame.spans += 1
        frame.total += highs[span] - lows[span]
        if frame.slowest < 0 or ends[span] - starts[span] > ends[frame.slowest] - starts[frame.slowest]:
            frame.slowest = span
    width = sum(frame.total for frame in roots)
    _lay_out(roots, 0, width, width)
    # A frame comes before what is below it, which is no wider: so what is kept has all that is above it.
    for frame in frames:
        _lay_out(frame.below, frame.offset, frame.width, frame.total)
    widest = sorted(range(len(frames)), key=lambda number: -frames[number].width)[:limit]
    ordered, numbers = _depth_first(roots, {id(frames[number]): number for number in widest}, len(frames))
    return FlameGraph(ordered, [numbers[number] for number in frame_of], width, len(frames) - len(ordered))


def _lay_out(frames: list[Frame], offset: int, width: int, total: int) -> None:
    """Put frames side by side into the width of the one above them, which stands for `total`."""
    frames.sort(key=lambda frame: (-frame.total, frame.first))
    scale = max(total, sum(frame.total for frame in frames), 1)
    for frame in frames:
        frame.offset = offset
        frame.width = frame.total * width // scale
        offset += frame.width


def _depth_first(roots: list[Frame], kept: dict[int, int], count: int) -> tuple[list[Frame], list[int]]:
    """The frames to keep, by identity, in order; and where each frame, by number, went."""
    ordered: list[Frame] = []
    places = [-1] * count
    stack = list(reversed(roots))
    while stack:
        frame = stack.pop()
        if id(frame) in kept:
            places[kept[id(frame)]] = len(ordered)
            ordered.append(frame)
            stack.extend(reversed(frame.below))
    return ordered, places
