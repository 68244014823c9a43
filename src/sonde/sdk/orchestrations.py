"""Orchestrations: long jobs that move through phases, reported on by several components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.events import event
from sonde.sdk.exceptions import cuts_short, description
from sonde.sdk.executions import Repeatable
from sonde.sdk.inherited import NAME_CHARS, identifier, inherit, inherited_attributes
from sonde.sdk.values import text

TRANSITION_EVENT: Final = "state.transition"
ERROR_EVENT: Final = "orchestration.error"


class Orchestration(Repeatable):
    """A component's part in a long job. Made by `orchestration`."""

    def __init__(
        self, orchestration_id: str, *, source: str | None, phase: str | None, name: str, open: bool
    ) -> None:
        super().__init__(text(name), open=open)
        self.id = identifier(orchestration_id)
        self.source = source
        self._first_phase = None if phase is None else identifier(phase, NAME_CHARS)
        self._live: dict[str, AttributeValue] = {}

    @property
    def current_phase(self) -> str | None:
        """The phase it is in, None where none was ever said."""
        phase = self._live.get(semconv.PHASE, self._first_phase)
        return None if phase is None else str(phase)

    def _prepared(self) -> Mapping[str, object]:
        self._live = {}
        above = inherited_attributes()
        if self._first_phase is None and above.get(semconv.ORCHESTRATION_ID) == self.id:
            phase = above.get(semconv.PHASE)
            self._first_phase = None if phase is None else str(phase)
        return {}

    def _inherited(self) -> Mapping[str, object]:
        attributes: dict[str, object] = {
            semconv.ORCHESTRATION_ID: self.id,
            semconv.PHASE: self._first_phase,
        }
        if self.source is not None:
            attributes[semconv.COMPONENT] = text(self.source)
        return attributes

    def _context(self) -> Context:
        return inherit(self._inherited(), live=self._live)

    def _ended(self, error: BaseException | None) -> BaseException | None:
        if error is not None and cuts_short(error):
            detail = text(error) if isinstance(error, Exception) else description(error)
            attributes = {semconv.ERROR_TYPE: type(error).__qualname__, semconv.ERROR_DETAIL: detail}
            event(ERROR_EVENT, detail, severity="error", attributes=attributes)
        return error

    def phase(self, phase: str, /) -> None:
        """Enter a phase: everything below, in all threads and tasks, is in it from now on.

        Emits the event `state.transition` with `sonde.from` and `sonde.to`; nothing if it is in it already.
        """
        before, after = self.current_phase, identifier(phase, NAME_CHARS)
        if before == after:
            return
        self._live[semconv.PHASE] = after
        self.transition(before, after)

    def transition(
        self, before: str | None, after: str, /, *, subject: str | None = None, **attributes: object
    ) -> None:
        """Something (`subject`: a task, a member) went from one state to another: `state.transition`."""
        states: dict[str, object] = {semconv.TO: text(after)}
        arrow = f"→ {text(after)}"
        if before is not None:
            states[semconv.FROM] = text(before)
            arrow = f"{text(before)} {arrow}"
        if subject is not None:
            states[semconv.SUBJECT] = text(subject)
            arrow = f"{text(subject)}: {arrow}"
        event(
            TRANSITION_EVENT,
            arrow,
            attributes={**states, **attributes},
        )

    def write(self, subject: str, /, *, kind: str = "projection", **attributes: object) -> None:
        """`subject` was written: the event `projection.write` (`<kind>.write`)."""
        event(
            f"{text(kind)}.write",
            text(subject),
            attributes={semconv.SUBJECT: text(subject), semconv.STATUS: "success", **attributes},
        )

    def skip(self, subject: str, reason: str, /, *, kind: str = "projection", **attributes: object) -> None:
        """`subject` was left out, and why: the event `projection.skip` (`<kind>.skip`), `sonde.reason`."""
        event(
            f"{text(kind)}.skip",
            f"{text(subject)}: {text(reason)}",
            attributes={
                semconv.SUBJECT: text(subject),
                semconv.STATUS: "skipped",
                semconv.REASON: text(reason),
                **attributes,
            },
        )


def orchestration(
    orchestration_id: str,
    *,
    source: str | None = None,
    phase: str | None = None,
    name: str = "orchestration",
    open: bool = True,
) -> Orchestration:
    """A component's part in a long job: `with sonde.orchestration("orc_1", source="daemon", phase="plan"):`,
    also `async with` and as a decorator.

    Everything below it, in other processes too, bears the id and the phase; spans and events of this
    process also the `source` (their component). Other processes join by the same id; one of more than
    1000 characters keeps its beginning and ends with a digest. What cuts the block short, as for `sonde.run`,
    is an error and an event `orchestration.error` too. The block's span is written at its start, so that a
    long one is seen while it is under way; `open=False` leaves that out.
    """
    return Orchestration(orchestration_id, source=source, phase=phase, name=name, open=open)
