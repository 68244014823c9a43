"""Celery: a producer span where a task is sent, a consumer span where it runs, in one trace.

OpenTelemetry's instrumentation does it; here its loose ends are tied: what a worker process holds is sent
before it ends (a pool's process ends without Python's exit handlers); the span of a task that could not be
sent, or that this process does not know, ends with the call instead of staying current for good; and where
threads run tasks, a retry that begins before its first attempt has ended does not take that one's span.
"""

from __future__ import annotations

import threading
from typing import Any

from celery.app.base import Celery
from celery.signals import worker_process_shutdown
from opentelemetry import context, trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor, utils
from opentelemetry.trace import Span, Status, StatusCode

from sonde.sdk.instrument.patch import Function, Patch


def switch_on() -> None:
    """Instrument tasks sent and run from now on."""
    instrumentor = CeleryInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument()
    for patch in _patches:
        patch.on()
    worker_process_shutdown.connect(_flush, weak=False)


def switch_off() -> None:
    """Leave tasks alone."""
    worker_process_shutdown.disconnect(_flush)
    for patch in _patches:
        patch.off()
    CeleryInstrumentor().uninstrument()


def _flush(**_signal: object) -> None:
    from sonde.sdk.configuration import current
    from sonde.sdk.configure import flush

    flush(current().export_exit_timeout_s)


def _ended_with_the_call(original: Function) -> Function:
    def send_task(app: Celery, *args: Any, **kwargs: Any) -> Any:
        before = context.get_current()
        failure: Exception | None = None
        try:
            return original(app, *args, **kwargs)
        except Exception as error:
            failure = error
            raise
        finally:
            span = trace.get_current_span()
            if span is not trace.get_current_span(before):
                context.attach(before)
                _end(app, span, failure)

    return send_task


def _end(app: Celery, span: Span, failure: Exception | None) -> None:
    if failure is not None:
        span.record_exception(failure)
        span.set_status(Status(StatusCode.ERROR, str(failure)))
    span.end()
    for task in app.tasks.values():
        kept: dict[Any, tuple[Any, ...]] = getattr(task, utils.CTX_KEY, None) or {}
        for key in [key for key, (held, *_) in kept.items() if held is span]:
            del kept[key]


def _of_this_thread(original: Function) -> Function:
    def call(task: Any, task_id: str, *args: Any, **kwargs: Any) -> Any:
        return original(task, f"{task_id}@{threading.get_ident()}", *args, **kwargs)

    return call


_patches = (
    Patch(Celery, "send_task", _ended_with_the_call),
    *(
        Patch(utils, name, _of_this_thread)
        for name in ("attach_context", "retrieve_context", "detach_context")
    ),
)
