"""What runs, orchestrations, pipelines and scripts have in common: a block of the user's code with a span,
something that is known before it, and something that is known after it.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from opentelemetry.context import Context, get_current
from opentelemetry.trace import INVALID_SPAN, Link, Span

from sonde.sdk.blocks import AlsoAsync
from sonde.sdk.complaints import complain
from sonde.sdk.current import Entered
from sonde.sdk.exceptions import cuts_short
from sonde.sdk.generators import in_scope
from sonde.sdk.inherited import inherit
from sonde.sdk.sampling import forced
from sonde.sdk.spans import Block, span

P = ParamSpec("P")
R = TypeVar("R")


class Execution(AlsoAsync):
    """Entered with `with` or `async with`; `span` is its own span meanwhile. Everything below it inherits
    what it says, in every process that it calls, and is kept whole whatever sampling says.

    What goes wrong in here is logged; what goes wrong in the block is the caller's, unchanged.
    """

    span: Span = INVALID_SPAN

    def __init__(self, name: str, *, open: bool = False) -> None:
        self.name = name
        self._open = open
        self._begun: Block | None = None
        self._block = Context()
        self._entered = Entered()
        self._depth = 0
        self._entering = threading.RLock()

    def _prepared(self) -> Mapping[str, object]:
        """What its own span bears besides what is inherited. Called once, before everything else."""
        return {}

    def _inherited(self) -> Mapping[str, object]:
        """What it and everything below inherits; None takes away what was inherited so far."""
        return {}

    def _context(self) -> Context:
        """The context of the block, without its span."""
        return inherit(self._inherited())

    def _links(self) -> Sequence[Link]:
        """What its own span points to."""
        return ()

    def _began(self, context: Context) -> None:
        """Its span has begun; `context` is that of the block."""

    def _ended(self, error: BaseException | None) -> BaseException | None:
        """The block is over, its span is not. `error` is on its way to the caller; the span shows what
        this returns, if it cut the block short."""
        return error

    def begin(self) -> Context:
        """Start the span; the context of the block. Never raises."""
        try:
            attributes, links = self._prepared(), self._links()
            below = forced(self._context())
            begun = span(self.name, attributes, _links=links, _parent=below, _open=self._open)
            context = begun.begin()
        except Exception as error:
            complain("cannot begin a %s", type(self).__name__, error=error)
            return get_current()
        self._begun, self.span = begun, begun
        try:
            self._began(context)
        except Exception as error:
            complain("cannot describe a %s", type(self).__name__, error=error)
        return context

    def finish(self, error: BaseException | None) -> None:
        """End the span, `error` having left the block. Never raises."""
        shown = error
        try:
            shown = self._ended(error)
            if shown is not None and not cuts_short(shown):
                shown = None
        except Exception as own:
            complain("cannot end a %s", type(self).__name__, error=own)
        begun, self._begun = self._begun, None
        if begun is not None:
            if shown is not None:
                begun.fail(shown)
            begun.finish(None)

    def __enter__(self) -> Self:
        with self._entering:
            self._depth += 1
            if self._depth == 1:
                self._block = self.begin()
            else:
                complain(
                    "a %s that is entered already goes on as one; make one for each", type(self).__name__
                )
            # A context of its own for each who enters, so that each leaves its own.
            self._entered.enter(Context(self._block))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._entering:
            self._depth -= 1
            if self._depth == 0:
                self.finish(error)
            self._entered.leave()


class Repeatable(Execution):
    """An execution that can also be put above a function, a coroutine function or a generator: every call
    is one of its own."""

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return cast(Callable[P, R], in_scope(function, lambda args, kwargs: copy.copy(self)))
