"""Runs, executions of a job, and the business objects (entities) they touch."""

from __future__ import annotations

import inspect
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, ParamSpec, TypeVar, cast, overload
from urllib.parse import quote

from opentelemetry.context import Context, create_key, get_value, set_value
from opentelemetry.trace import Span, get_current_span

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.events import event
from sonde.sdk.executions import Repeatable
from sonde.sdk.inherited import identifier
from sonde.sdk.values import text

P = ParamSpec("P")
R = TypeVar("R")

MAX_IDS: Final = 1000
"""Ids of one type that a span bears; those beyond are events of their own."""


_RUN: Final = create_key("sonde-run")

# One lock for all: ids are noted in microseconds, and by few threads at once.
_lock: Final = threading.Lock()

Ids = dict[str, None]
"""Ids in the order they came, each once."""


class Run(Repeatable):
    """One execution of a job. Made by `run`."""

    def __init__(
        self,
        run_id: str | None,
        *,
        url: str | None,
        job: str | None,
        attempt: int | None,
        name: str | None,
        open: bool,
    ) -> None:
        super().__init__(text(name) if name else f"run.{text(job)}" if job else "run", open=open)
        self._given_id = run_id
        self.id = ""
        self.url = url
        self.job = job
        self.attempt = attempt
        self._touched: dict[str, Ids] = {}

    def _prepared(self) -> Mapping[str, object]:
        given = None if self._given_id is None else identifier(self._given_id)
        self.id = given or f"run_{uuid.uuid4().hex[:16]}"
        self._touched = {}
        return {}

    def _inherited(self) -> Mapping[str, object]:
        # What is not said is taken away: a run within a run has not the outer one's page.
        return {
            semconv.RUN_ID: self.id,
            semconv.RUN_URL: None
            if self.url is None
            else text(self.url).replace("{run_id}", quote(self.id, safe="")),
            semconv.RUN_JOB: self.job,
            semconv.RUN_ATTEMPT: self.attempt,
        }

    def _context(self) -> Context:
        return set_value(_RUN, self, super()._context())

    def _ended(self, error: BaseException | None) -> BaseException | None:
        with _lock:
            for name, ids in self._touched.items():
                self.span.set_attribute(name, _value(ids))
        return error

    def touch(self, name: str, ids: Iterable[str]) -> list[str]:
        """Note ids for the attribute `name` of the run's span; those that have no room there."""
        with _lock:
            return _add(self._touched.setdefault(name, {}), ids)


@overload
def run(run_id: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def run(
    run_id: str | None = None,
    *,
    url: str | None = None,
    job: str | None = None,
    attempt: int | None = None,
    name: str | None = None,
    open: bool = False,
) -> Run: ...
def run(
    run_id: str | Callable[P, R] | None = None,
    *,
    url: str | None = None,
    job: str | None = None,
    attempt: int | None = None,
    name: str | None = None,
    open: bool = False,
) -> Run | Callable[P, R]:
    """One execution of a job: `with sonde.run("run_abc", url="https://jobs.example.com/run_abc"):`, also
    `async with` and as a decorator.

    Everything below it, in other processes too, bears the run's id. Without `run_id` each entering
    makes a new one; one of more than 1000 characters keeps its beginning and ends with a digest. `url` is
    the run's page in the job system; `{run_id}` in it is filled in, encoded. `attempt` counts from 1. `name`
    names the span (default `run.<job>`). `open` shows the run before it ends. What cuts it short makes it an
    error: an exception, cancellation, a timeout, Ctrl-C, `sys.exit` with another code than 0.
    """
    if inspect.isroutine(run_id):
        return Run(None, url=url, job=job, attempt=attempt, name=name, open=open)(
            cast(Callable[P, R], run_id)
        )
    return Run(cast(str | None, run_id), url=url, job=job, attempt=attempt, name=name, open=open)


def current_run() -> Run | None:
    """The run of this process that the caller is in."""
    return cast(Run | None, get_value(_RUN))


def entity(entity_type: str, ids: object, /) -> None:
    """This work touched the business object of this type with this id, or those with these ids.

    The id goes to the attribute `sonde.entity.<type>` of the current span and of the run's span: that
    is what links the object to the run. Where no span records, an event carries it. Ids alone: no names,
    no amounts.
    """
    _touch([(entity_type, ids)])


def entities(touched: Mapping[str, object], /) -> None:
    """The same for several types: `sonde.entities({"payment": ["pym_1", "pym_2"], "invoice": "inv_1"})`."""
    try:
        pairs = list(touched.items())
    except Exception as error:
        complain("entities are a mapping of types to ids, not a %s", type(touched).__name__, error=error)
        return
    _touch(pairs)


def _touch(pairs: Iterable[tuple[str, object]]) -> None:
    try:
        found = {_attribute(kind): _texts(ids) for kind, ids in pairs if _named(kind)}
        left = _note({name: ids for name, ids in found.items() if ids})
        while left:
            event(
                semconv.ENTITY_EVENT, attributes={name: _value(ids[:MAX_IDS]) for name, ids in left.items()}
            )
            left = {name: ids[MAX_IDS:] for name, ids in left.items() if len(ids) > MAX_IDS}
    except Exception as error:
        complain("cannot note entities: %s", type(error).__name__, error=error)


def _note(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Put ids on the current span and that of the run; those that found a place on neither."""
    here, inside = get_current_span(current.now()), current_run()
    left = dict(found)
    if inside is not None and inside.span.is_recording():
        left = {name: inside.touch(name, ids) for name, ids in found.items()}
        if here.get_span_context() == inside.span.get_span_context():
            return _some(left)
    if not here.is_recording():
        return _some(left)
    for name, ids in found.items():
        refused = _put(here, name, ids)
        left[name] = [each for each in left[name] if each in refused]
    return _some(left)


def _put(span: Span, name: str, ids: Iterable[str]) -> set[str]:
    """Add ids to an attribute of a span; those that have no room."""
    with _lock:
        attributes = cast(Mapping[str, object] | None, getattr(span, "attributes", None)) or {}
        before = attributes.get(name)
        present: Ids = dict.fromkeys(_texts(before)) if before is not None else {}
        refused = _add(present, ids)
        span.set_attribute(name, _value(present))
    return set(refused)


def _add(present: Ids, ids: Iterable[str]) -> list[str]:
    refused: list[str] = []
    for each in ids:
        if each in present:
            continue
        if len(present) < MAX_IDS:
            present[each] = None
        else:
            refused.append(each)
    return refused


def _some(left: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: ids for name, ids in left.items() if ids}


def _value(ids: Iterable[str]) -> str | Sequence[str]:
    texts = list(ids)
    # Lists are stored as JSON text: an id that looks like one has to be in one.
    return texts[0] if len(texts) == 1 and not texts[0].startswith("[") else texts


def _attribute(entity_type: str) -> str:
    return semconv.ENTITY_PREFIX + entity_type.strip()


def _named(entity_type: object) -> bool:
    if isinstance(entity_type, str) and entity_type.strip():
        return True
    complain("an entity needs a type, not %r", entity_type)
    return False


def _texts(ids: object) -> list[str]:
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        ids = (ids,)
    given = (each for each in cast(Iterable[object], ids) if each is not None and each != "")
    texts = dict.fromkeys(text(each)[: semconv.MAX_ENTITY_ID_CHARS] for each in given)
    if not texts:
        complain("an entity needs an id; one without was left out")
    return list(texts)
