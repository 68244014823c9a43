"""For the author of a pipeline engine: two functions of the engine are wrapped, and nothing else changes."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from opentelemetry.context import Context, get_current

from sonde.sdk.complaints import complain
from sonde.sdk.executions import Execution
from sonde.sdk.generators import in_scope
from sonde.sdk.outcomes import member, read_outcome
from sonde.sdk.pipelines import Pipeline, Script, ScriptPlace, current_pipeline, pipeline
from sonde.sdk.values import text

P = ParamSpec("P")
R = TypeVar("R")
Traced = TypeVar("Traced", bound=Execution)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the execution of a trigger is about. `scripts` are those that belong to it."""

    event: str
    user_id: object = None
    request_ip: object = None
    context: object = None
    scripts: Iterable[ScriptPlace | Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """What the running of a script is about."""

    name: str
    script_id: str | None = None
    layer: int = 0
    index: int = 0
    input: object = None


# Parameter names by which an engine usually calls these things.
_TRIGGER_NAMES: Final = {
    "event": ("trigger_event", "trigger", "event", "event_name", "name"),
    "user_id": ("user_id", "user"),
    "request_ip": ("request_ip", "client_ip", "remote_addr", "ip"),
    "context": ("context", "ctx", "data", "payload"),
}
_SCRIPT_NAMES: Final = {
    "name": ("script_name", "name"),
    "script_id": ("script_id", "id"),
    "layer": ("layer_index", "layer"),
    "index": ("parallel_index", "index", "position"),
    "input": ("input", "context", "ctx", "data", "payload"),
}


class TraceContext:
    """Traces an engine without its scripts knowing: `wrap_trigger` goes around what executes a trigger,
    `wrap_script` around what runs a script; sync, async or a generator. Both hand
    on arguments, return values and exceptions untouched.

    What a call is about is read from its parameters by their usual names (`trigger_event`, `user_id`,
    `request_ip`, `context`; `script` or `name`, `script_id`, `layer_index`, `parallel_index`, `input`).
    Where yours differ, give `trigger` and `script`: called with the same arguments, they return a `Trigger`
    and a `ScriptCall`, or mappings of their fields. Status, reason and output are read from what your
    functions return (see `read_outcome`); where yours say it in another way, `outcome` (of a script) and
    `result` (of a trigger) return what can be read. `blocking` are exceptions that block instead of
    being errors.
    """

    def __init__(
        self,
        *,
        trigger: Callable[..., Trigger | Mapping[str, Any]] | None = None,
        script: Callable[..., ScriptCall | Mapping[str, Any]] | None = None,
        outcome: Callable[[Any], object] = read_outcome,
        result: Callable[[Any], object] = read_outcome,
        blocking: type[BaseException] | tuple[type[BaseException], ...] = (),
    ) -> None:
        self._trigger = trigger
        self._script = script
        self._outcome = outcome
        self._result = result
        self._blocking = blocking

    def install(self, engine: object, *, trigger: str, script: str) -> None:
        """Wrap two methods of an engine (an object, a class or a module), named by `trigger` and `script`."""
        _replace(engine, trigger, self.wrap_trigger)
        _replace(engine, script, self.wrap_script)

    def wrap_trigger(self, function: Callable[P, R]) -> Callable[P, R]:
        """`function`, each call of which is one execution of a pipeline."""
        names = _Parameters(function)

        def begin(args: tuple[object, ...], kwargs: Mapping[str, object]) -> Pipeline:
            about = self._trigger(*args, **kwargs) if self._trigger else names.trigger(args, kwargs)
            about = about if isinstance(about, Trigger) else Trigger(**about)
            return pipeline(
                about.event,
                user_id=about.user_id,
                request_ip=about.request_ip,
                context=about.context,
                scripts=about.scripts,
                blocking=self._blocking,
            )

        return _around(function, begin, lambda made, value: self._settle_pipeline(made, value))

    def wrap_script(self, function: Callable[P, R]) -> Callable[P, R]:
        """`function`, each call of which runs one script."""
        names = _Parameters(function)

        def begin(args: tuple[object, ...], kwargs: Mapping[str, object]) -> Script:
            about = self._script(*args, **kwargs) if self._script else names.script(args, kwargs)
            about = about if isinstance(about, ScriptCall) else ScriptCall(**about)
            place = ScriptPlace(about.name, about.script_id, about.layer, about.index)
            return Script(current_pipeline(), place, about.input)

        return _around(function, begin, lambda made, value: self._settle_script(made, value))

    def _settle_script(self, script: Script, value: object) -> None:
        said = read_outcome(self._outcome(value))
        if said.output is not None:
            script.output(said.output)
        if said.status == "blocked":
            script.blocked(said.message or "blocked")
        elif said.status == "error":
            script.failed(said.message or "failed")
        elif said.status == "skipped":
            script.skipped(said.message or "skipped")
        else:
            script.succeeded(said.message)

    def _settle_pipeline(self, made: Pipeline, value: object) -> None:
        said = read_outcome(self._result(value))
        if said.output is not None:
            made.output(said.output)
        if said.status == "blocked":
            made.blocked(said.message or made.judged()[1] or "blocked")
        elif said.status == "error":
            made.failed(said.message or "failed")


def _around(
    function: Callable[P, R],
    begin: Callable[[tuple[object, ...], Mapping[str, object]], Traced],
    settle: Callable[[Traced, object], None],
) -> Callable[P, R]:
    """`function` with each call inside what `begin` makes of its arguments; untraced where that fails."""

    def begun(args: tuple[object, ...], kwargs: Mapping[str, object]) -> Traced | None:
        try:
            return begin(args, kwargs)
        except Exception as error:
            complain(f"cannot tell what a call of {_name(function)} is about", error=error)
            return None

    def settled(made: Traced, value: object) -> None:
        try:
            settle(made, value)
        except Exception as error:
            complain(f"cannot tell how a call of {_name(function)} ended", error=error)

    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        # What it yields is no outcome: how it ended follows from its scripts, or from an exception.
        traced = in_scope(function, lambda args, kwargs: begun(args, kwargs) or _Untraced())
        return cast(Callable[P, R], traced)

    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        awaited = cast(Callable[P, Awaitable[Any]], function)

        @wraps(function)
        async def asynchronous(*args: P.args, **kwargs: P.kwargs) -> Any:
            made = begun(args, kwargs)
            if made is None:
                return await awaited(*args, **kwargs)
            with made:
                value = await awaited(*args, **kwargs)
                settled(made, value)
            return value

        return cast(Callable[P, R], asynchronous)

    @wraps(function)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> R:
        made = begun(args, kwargs)
        if made is None:
            return function(*args, **kwargs)
        with made:
            value = function(*args, **kwargs)
            settled(made, value)
        return value

    return synchronous


def _replace(engine: object, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    held = inspect.getattr_static(engine, name)
    if isinstance(engine, type) and isinstance(held, staticmethod | classmethod):
        # Set as a plain function it would be bound to instances, which it was not.
        method = cast(Any, held)
        setattr(engine, name, type(method)(wrap(method.__func__)))
    else:
        setattr(engine, name, wrap(getattr(engine, name)))


class _Untraced:
    """The scope of a call that nothing can be said of."""

    def begin(self) -> Context:
        return get_current()

    def finish(self, error: BaseException | None) -> None:
        """Nothing began."""


class _Parameters:
    """Reads what a call is about from the names of the function's parameters."""

    def __init__(self, function: Callable[..., object]) -> None:
        try:
            self._signature = inspect.signature(function)
        except (TypeError, ValueError):  # written in C, by an author who does not say
            self._signature = inspect.signature(_takes_anything)

    def trigger(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Trigger:
        given = self._given(args, kwargs)
        found = {field: _first(given, names) for field, names in _TRIGGER_NAMES.items()}
        if found["event"] is None:
            raise LookupError(f"none of its parameters is called {', '.join(_TRIGGER_NAMES['event'])}")
        return Trigger(text(found["event"]), found["user_id"], found["request_ip"], found["context"])

    def script(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> ScriptCall:
        given = self._given(args, kwargs)
        script = given.get("script")
        found: dict[str, Any] = {}
        for field, names in _SCRIPT_NAMES.items():
            value = _first(given, names)
            if value is None and field != "input":
                value = next((each for name in names if (each := member(script, name)) is not None), None)
            found[field] = value
        if found["name"] is None:
            found["name"] = script if isinstance(script, str) else None
        if found["name"] is None:
            raise LookupError("it has neither a parameter `script` nor `name`")
        return ScriptCall(**found)

    def _given(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Mapping[str, object]:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments


def _takes_anything(*args: object, **kwargs: object) -> None: ...


def _first(given: Mapping[str, object], names: Iterable[str]) -> object:
    return next((given[name] for name in names if given.get(name) is not None), None)


def _name(function: Callable[..., object]) -> str:
    return getattr(function, "__qualname__", type(function).__qualname__)
