"""Pipelines: a trigger event runs layers one after another, and the scripts of a layer in parallel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from opentelemetry.context import Context, create_key, get_current, get_value, set_value
from opentelemetry.trace import INVALID_SPAN, Link, get_current_span, set_span_in_context
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.exceptions import cuts_short, description
from sonde.sdk.executions import Execution
from sonde.sdk.outcomes import OutcomeStatus, merged, write_outcome
from sonde.sdk.snapshots import snapshot
from sonde.sdk.values import text

CANCELLED: Final = "cancelled"
NOT_REACHED: Final = "not reached"

_PIPELINE: Final = create_key("sonde-pipeline")


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """A script and where it stands: layers run one after another, the scripts of a layer in parallel.

    Of any types: names and ids become text, what is no number stands at 0.
    """

    name: str
    script_id: str | None = None
    layer: int = 0
    index: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", text(self.name))
        object.__setattr__(self, "script_id", None if self.script_id is None else text(self.script_id))
        object.__setattr__(self, "layer", _whole(self.layer))
        object.__setattr__(self, "index", _whole(self.index))

    def attributes(self) -> dict[str, AttributeValue]:
        """The attributes of its span."""
        made: dict[str, AttributeValue] = {
            semconv.LAYER_INDEX: self.layer,
            semconv.PARALLEL_INDEX: self.index,
        }
        if self.script_id is not None:
            made[semconv.SCRIPT_ID] = self.script_id
        return made


def _whole(value: Any) -> int:
    try:
        return int(value)
    except Exception:  # None, text, or an object whose conversion fails in a way of its own
        return 0


def _places(described: Iterable[ScriptPlace | Mapping[str, Any]]) -> list[ScriptPlace]:
    """The places that can be understood; the others are said once."""
    places: list[ScriptPlace] = []
    try:
        for each in described:
            places.append(each if isinstance(each, ScriptPlace) else ScriptPlace(**each))
    except Exception as error:
        complain(
            "the scripts of a pipeline are mappings of `name`, `script_id`, `layer`, `index`", error=error
        )
    return places


def _exceptions(given: object) -> tuple[type[BaseException], ...]:
    kinds = cast(tuple[object, ...], given) if isinstance(given, tuple) else (given,)
    usable = tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseException))
    if len(usable) < len(kinds):
        complain("what blocks a pipeline are classes of exceptions, not %r", kinds)
    return usable


class Script(Execution):
    """One script while it runs. Made by `Pipeline.script`; `with` or `async with`, in any thread or task.

    Without a word from the caller it is a success, or an error when an exception leaves the block.
    """

    def __init__(self, pipeline: Pipeline | None, place: ScriptPlace, input: object) -> None:
        super().__init__(place.name)
        self.place = place
        self.status: OutcomeStatus | None = None
        self.message: str | None = None
        self.result: object = None
        self._pipeline = pipeline
        self._input = input
        self._too_late = pipeline.stopped_before(place.layer) if pipeline else None

    def output(self, data: object) -> None:
        """The data it leaves; a mapping becomes part of the pipeline's result."""
        self.result = data

    def succeeded(self, message: str | None = None) -> None:
        """It did its work."""
        self._say("success", message)

    def blocked(self, reason: str, /, output: object = None) -> None:
        """It stops the pipeline: scripts of later layers are not to run."""
        self._say("blocked", reason, output)
        if self._pipeline:
            self._pipeline.note(self)

    def skipped(self, reason: str, /) -> None:
        """It had nothing to do."""
        self._say("skipped", reason)

    def failed(self, message: str, /, output: object = None) -> None:
        """It went wrong, without an exception."""
        self._say("error", message, output)

    def _say(self, status: OutcomeStatus, message: str | None, output: object = None) -> None:
        self.status, self.message = status, None if message is None else text(message)
        if output is not None:
            self.result = output

    def _context(self) -> Context:
        return self._pipeline.context() if self._pipeline else get_current()

    def _prepared(self) -> Mapping[str, object]:
        return self.place.attributes()

    def _began(self, context: Context) -> None:
        if self._input is not None and self.span.is_recording():
            self.span.set_attribute(semconv.SCRIPT_INPUT, snapshot(self._input))

    def _ended(self, error: BaseException | None) -> BaseException | None:
        """Settle how it ended; what the span shows of `error`."""
        if error is not None and self.status not in ("blocked", "skipped"):
            self._judge(error)
        if self.status is None:
            if self._too_late is not None and self.result is None:
                self._say("skipped", self._too_late)
            else:
                self._say("success", None)
        if self._pipeline:
            self._pipeline.note(self)
        if self.span.is_recording():
            if self.result is not None:
                self.span.set_attribute(semconv.SCRIPT_OUTPUT, snapshot(self.result))
            write_outcome(self.span, cast(OutcomeStatus, self.status), self.message)
        return error if self.status == "error" else None

    def _judge(self, error: BaseException) -> None:
        """What an exception that leaves the block says of the script."""
        if self._pipeline and isinstance(error, self._pipeline.blocking):
            self.blocked(text(error))
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.skipped(CANCELLED)
        elif cuts_short(error):
            self.failed(_said(error))


class Pipeline(Execution):
    """One execution of a pipeline. Made by `pipeline`.

    Without a word from the caller its status comes from its scripts: `blocked` when one blocked, else
    `error` when one failed or an exception leaves the block, else `success`.
    """

    def __init__(
        self,
        trigger_event: str,
        *,
        user_id: object,
        request_ip: object,
        context: object,
        scripts: Iterable[ScriptPlace | Mapping[str, Any]],
        blocking: tuple[type[BaseException], ...],
        new_trace: bool,
        open: bool,
    ) -> None:
        self.trigger_event = text(trigger_event)
        super().__init__(f"pipeline.{self.trigger_event}", open=open)
        self.status: OutcomeStatus | None = None
        self.message: str | None = None
        self._user_id = user_id
        self._request_ip = request_ip
        self._snapshot_of = context
        self._expected = _places(scripts)
        self.blocking = blocking
        self._new_trace = new_trace
        self._below: Context | None = None
        self._returned: object = None
        self._lock = threading.Lock()
        self._planned: list[ScriptPlace] = []
        self._ran: list[Script] = []

    @property
    def is_blocked(self) -> bool:
        """Whether a script (or the caller) has blocked it: later layers are not to run."""
        return self.status == "blocked" or self._blocker() is not None

    @property
    def result(self) -> dict[str, Any]:
        """What the scripts left so far, merged in the order of layer and index, whichever ended first."""
        return merged(script.result for script in self._in_order())

    def script(
        self,
        name: str,
        *,
        script_id: str | None = None,
        layer: int = 0,
        index: int = 0,
        input: object = None,
    ) -> Script:
        """A script that runs in this block: `with p.script("Geo Blocker", layer=0, index=0) as s:`.

        In a layer after one that blocked it counts as skipped, unless it says that it did something.
        """
        return Script(self, ScriptPlace(name, script_id, layer, index), input)

    def expect(self, name: str, *, script_id: str | None = None, layer: int = 0, index: int = 0) -> None:
        """A script that belongs to it: it is shown as skipped if it does not run."""
        self._planned.append(ScriptPlace(name, script_id, layer, index))

    def skip(
        self, name: str, reason: str, /, *, script_id: str | None = None, layer: int = 0, index: int = 0
    ) -> None:
        """A script that does not run, and why."""
        with self.script(name, script_id=script_id, layer=layer, index=index) as script:
            script.skipped(reason)

    def output(self, data: object) -> None:
        """The result, in place of what the scripts left."""
        self._returned = data

    def succeeded(self, message: str | None = None) -> None:
        """It ended well, whatever a script said."""
        self.status, self.message = "success", None if message is None else text(message)

    def blocked(self, reason: str, /) -> None:
        """It was blocked, though no script said so."""
        self.status, self.message = "blocked", text(reason)

    def failed(self, message: str, /) -> None:
        """It went wrong, though no script said so."""
        self.status, self.message = "error", text(message)

    def note(self, script: Script) -> None:
        """A script has something to say of itself."""
        with self._lock:
            if script not in self._ran:
                self._ran.append(script)

    def context(self) -> Context:
        """Where a script belongs: below what is current if that is part of this pipeline, as it is not in
        a thread that the context was not carried to."""
        current = get_current()
        if get_value(_PIPELINE, current) is self or self._below is None:
            return current
        return self._below

    def stopped_before(self, layer: int) -> str | None:
        """Why a script of this layer is not to run; None where it may."""
        if self.status == "blocked":
            return f"blocked: {self.message}"
        blocker = self._blocker()
        return _blocked_by(blocker) if blocker is not None and blocker.place.layer < layer else None

    def _prepared(self) -> Mapping[str, object]:
        self.status, self.message, self._returned = None, None, None
        self._ran, self._planned = [], list(self._expected)
        return {}

    def _inherited(self) -> Mapping[str, object]:
        made: dict[str, object] = {semconv.TRIGGER_EVENT: self.trigger_event}
        if self._user_id is not None:
            made[semconv.USER_ID] = text(self._user_id)
        if self._request_ip is not None:
            made[semconv.CLIENT_ADDRESS] = text(self._request_ip)
        return made

    def _context(self) -> Context:
        context = set_value(_PIPELINE, self, super()._context())
        return set_span_in_context(INVALID_SPAN, context) if self._new_trace else context

    def _links(self) -> tuple[Link, ...]:
        caller = get_current_span().get_span_context()
        return (Link(caller),) if self._new_trace and caller.is_valid else ()

    def _began(self, context: Context) -> None:
        self._below = context
        if self._snapshot_of is not None and self.span.is_recording():
            self.span.set_attribute(semconv.PIPELINE_CONTEXT, snapshot(self._snapshot_of))

    def _ended(self, error: BaseException | None) -> BaseException | None:
        if error is not None and isinstance(error, self.blocking):
            self.status, self.message = "blocked", self.message or text(error)
        elif error is not None and cuts_short(error) and self.status != "blocked":
            self.failed(_said(error))
        if self.status is None:
            self.status, self.message = self.judged()
        self._skip_the_rest()
        if self.span.is_recording():
            result = self._returned if self._returned is not None else self.result
            self.span.set_attribute(semconv.PIPELINE_RESULT, snapshot(result))
            write_outcome(self.span, self.status, self.message)
        return error if self.status == "error" else None

    def judged(self) -> tuple[OutcomeStatus, str | None]:
        """Status and message as the scripts have them; of several the first by layer and index."""
        for status in ("blocked", "error"):
            for script in self._in_order():
                if script.status == status:
                    return status, f"{script.place.name}: {script.message}"
        return "success", None

    def _skip_the_rest(self) -> None:
        ran = {script.place for script in self._in_order()}
        blocker = self._blocker()
        reason = NOT_REACHED
        if blocker is not None:
            reason = _blocked_by(blocker)
        elif self.message is not None:
            reason = (
                f"{self.status if self.status == 'blocked' else NOT_REACHED}: {_first_line(self.message)}"
            )
        for place in self._planned:
            if place not in ran:
                self.skip(place.name, reason, script_id=place.script_id, layer=place.layer, index=place.index)

    def _in_order(self) -> list[Script]:
        with self._lock:
            return sorted(self._ran, key=lambda script: (script.place.layer, script.place.index))

    def _blocker(self) -> Script | None:
        return next((script for script in self._in_order() if script.status == "blocked"), None)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def current_pipeline() -> Pipeline | None:
    """The pipeline that the caller is part of."""
    return cast(Pipeline | None, get_value(_PIPELINE))


def _said(error: BaseException) -> str:
    return CANCELLED if isinstance(error, asyncio.CancelledError) else description(error)


def _blocked_by(script: Script) -> str:
    return f"blocked by {script.place.name}: {script.message}"


def pipeline(
    trigger_event: str,
    *,
    user_id: object = None,
    request_ip: object = None,
    context: object = None,
    scripts: Iterable[ScriptPlace | Mapping[str, Any]] = (),
    blocking: type[BaseException] | tuple[type[BaseException], ...] = (),
    new_trace: bool = False,
    open: bool = False,
) -> Pipeline:
    """One execution of the pipeline of a trigger: `with sonde.pipeline("before_signin", user_id="u1") as p:`;
    `async with` too.

    `context` is what the pipeline is given, kept as a JSON snapshot. Of `scripts` (mappings of `name`,
    `script_id`, `layer`, `index`; see also `p.expect`) those that do not run are shown as skipped.
    `blocking` are exceptions of yours that block instead of being errors. The execution is part of the
    trace it is called in; `new_trace` gives it one of its own, linked to the caller's span. `open` shows
    it before it ends.
    """
    return Pipeline(
        trigger_event,
        user_id=user_id,
        request_ip=request_ip,
        context=context,
        scripts=scripts,
        blocking=_exceptions(blocking),
        new_trace=new_trace,
        open=open,
    )
