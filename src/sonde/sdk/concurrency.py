"""Context into threads, executors and processes, without a change to the program.

Tasks of asyncio have their maker's context from Python itself, and `run_in_executor` hands its work to an
executor's `submit`. For the rest, the methods that begin work elsewhere are wrapped, each once its module is
imported. Only OpenTelemetry's context is carried: other context variables are the program's own affair.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from opentelemetry.context import Context
from wrapt import register_post_import_hook

from sonde.sdk import current
from sonde.sdk.carried import Arriving, Carried

Method = Callable[..., Any]

_ARRIVING: Final = "_sonde_context"

_on = False
_hooked = False
_wrapped: Final[dict[tuple[type, str], tuple[Method, Method]]] = {}


def carry_context() -> Callable[[], None]:
    """Begin to carry context into threads, thread and process pools, and processes; what is returned ends it.

    Called again, nothing changes.
    """
    global _on, _hooked
    _on = True
    for module in {each[0] for each in _METHODS}:
        if not _hooked:
            register_post_import_hook(_wrap_methods_of, module)
        elif module in sys.modules:
            _wrap_methods_of(sys.modules[module])
    _hooked = True
    return carry_no_longer


def carry_no_longer() -> None:
    """Take away what was wrapped; what others have wrapped in turn stays, and does nothing of ours."""
    global _on
    _on = False
    for (owner, name), (original, ours) in list(_wrapped.items()):
        if getattr(owner, name) is ours:
            setattr(owner, name, original)
            del _wrapped[owner, name]


def _wrap_methods_of(module: ModuleType) -> None:
    if not _on:
        return
    for home, owner_name, name, wrapping in _METHODS:
        owner = getattr(module, owner_name, None) if home == module.__name__ else None
        if isinstance(owner, type) and hasattr(owner, name) and (owner, name) not in _wrapped:
            original: Method = getattr(owner, name)
            ours = wrapping(original)
            _wrapped[owner, name] = original, ours
            setattr(owner, name, ours)


def _thread_start(original: Method) -> Method:
    @functools.wraps(original)
    def start(self: Any) -> None:
        context = current.now() if _on else None
        # A thread that has begun refuses to begin again; it is left as it is.
        if context and self.ident is None:
            # On the thread and not on its class: most threads that do something are classes with a `run` of
            # their own.
            self.run = _Run(self, context, self.run)
        original(self)

    return start


class _Run:
    """A thread's `run`, in the context of who started it."""

    __slots__ = ("_context", "_run", "_thread")

    def __init__(self, thread: Any, context: Context, run: Callable[[], None]) -> None:
        self._thread = thread
        self._context = context
        self._run = run

    def __call__(self, *_thread: object) -> None:
        # Sentry calls what it finds as a thread's `run` like a function of the class, with the thread.
        # The thread and this would hold each other for good.
        self._thread.__dict__.pop("run", None)
        del self._thread
        Carried(self._context, self._run)()


def _submit(original: Method) -> Method:
    @functools.wraps(original)
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        context = current.now() if _on else None
        if not context:
            return original(self, fn, *args, **kwargs)
        # A worker that is begun by this call works for others later: it belongs to none of them.
        with current.Nowhere():
            return original(self, Carried(context, fn), *args, **kwargs)

    return submit


def _pool_task(original: Method) -> Method:
    @functools.wraps(original)
    def begin(self: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        context = current.now() if _on else None
        return original(self, Carried(context, func) if context else func, *args, **kwargs)

    return begin


def _pool(original: Method) -> Method:
    @functools.wraps(original)
    def make(self: Any, *args: Any, **kwargs: Any) -> None:
        with current.Nowhere():
            original(self, *args, **kwargs)

    return make


def _process_start(original: Method) -> Method:
    @functools.wraps(original)
    def start(self: Any) -> None:
        context = current.now() if _on else None
        if not context:
            original(self)
            return
        # A forked child has the context as it has all else; another one is sent this object, pickled.
        self.__dict__[_ARRIVING] = Arriving(context)
        try:
            original(self)
        finally:
            self.__dict__.pop(_ARRIVING, None)

    return start


# Module, class, method, and what wraps it.
_METHODS: Final[tuple[tuple[str, str, str, Callable[[Method], Method]], ...]] = (
    ("threading", "Thread", "start", _thread_start),
    ("concurrent.futures.thread", "ThreadPoolExecutor", "submit", _submit),
    ("concurrent.futures.process", "ProcessPoolExecutor", "submit", _submit),
    ("multiprocessing.process", "BaseProcess", "start", _process_start),
    ("multiprocessing.pool", "Pool", "__init__", _pool),
    ("multiprocessing.pool", "Pool", "apply_async", _pool_task),
    ("multiprocessing.pool", "Pool", "_map_async", _pool_task),
    ("multiprocessing.pool", "Pool", "imap", _pool_task),
    ("multiprocessing.pool", "Pool", "imap_unordered", _pool_task),
)
