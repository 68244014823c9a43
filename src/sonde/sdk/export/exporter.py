"""The one thread of a process that sends its telemetry.

It starts with the first record, and again in a forked child with that child's first record. It is woken by
messages, not by locks, so that a signal handler can ask for a flush whatever it interrupted.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.context import (
    _SUPPRESS_INSTRUMENTATION_KEY,  # pyright: ignore[reportPrivateUsage] -- as OpenTelemetry's own processors
    attach,
    set_value,
)

from sonde.sdk.complaints import complain
from sonde.sdk.current import Nowhere
from sonde.sdk.export.answer import Answer, Verdict
from sonde.sdk.export.lane import Lane, Outcome
from sonde.sdk.stats import Stats, Tally

_log: Final = logging.getLogger("sonde")
# Longest time one round works before it looks at its messages again.
_ROUND_S: Final = 30.0
# How often a flush looks whether there is still someone to do it.
_LOOK_S: Final = 0.05
_TIME_TO_SEND: Final = 0.8


@dataclass(slots=True)
class Flush:
    """Asks the thread to send everything now. `last`: and to end."""

    deadline: float
    last: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    sent_all: bool = False


@dataclass(slots=True)
class Change:
    """Tells the thread to go on with other lanes."""

    lanes: list[Lane]


@dataclass(slots=True)
class Sooner:
    """Tells the thread to send at a time (monotonic) before its interval is over."""

    due: float


class Exporter:
    """`collectors` are called each interval and before each flush: they put what others hold into the queues.

    `idle`: there is no thread, because there was nothing to send yet.
    """

    def __init__(self, tally: Tally, *, interval_s: float, local: bool) -> None:
        self.lanes: list[Lane] = []
        self.tally = tally
        self.collectors: list[Callable[[bool], None]] = []
        self._interval_s = interval_s
        self._local = local
        self._inbox: queue.SimpleQueue[Flush | Change | Sooner | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.idle = True
        self._starting = threading.Lock()
        self._working = threading.Lock()
        self._awake = False
        self.ended = False
        self._away_since: float | None = None
        self._ever_reached = False

    @property
    def ident(self) -> int | None:
        """The thread that sends: what it does itself is not to be recorded."""
        return self._thread.ident if self._thread is not None else None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        # Whoever is at it already goes on: another thread, or what a signal handler has interrupted.
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is not None or self.ended:
                return
            thread = threading.Thread(target=self._run, name="sonde-export", daemon=True)
            try:
                # It sends what everyone records: it has no part in the span that happened to be the first.
                with Nowhere():
                    thread.start()
            except RuntimeError as error:
                # The interpreter is ending, or there are too many threads; what waits is sent at the end.
                _log.debug("cannot start the thread that sends telemetry: %s", error)
                return
            self._thread = thread
            self.idle = False
        finally:
            self._starting.release()

    def wake(self) -> None:
        """Have the thread look at the queues now; start it if it does not run."""
        if self.idle:
            self.start()
        elif not self._awake:
            self._awake = True
            self._inbox.put(None)

    def wake_within(self, seconds: float) -> None:
        """Have the thread look at the queues before this time is over, if it would not by itself."""
        if self.idle:
            self.start()
        self._inbox.put(Sooner(time.monotonic() + seconds))

    def flush(self, timeout_s: float, *, last: bool = False) -> bool:
        """Send everything that waits; false if that did not work within `timeout_s`."""
        if self.ended:
            return True
        # Some of the time is for putting on disk what could not be sent.
        request = Flush(time.monotonic() + timeout_s * _TIME_TO_SEND, last)
        self.start()
        if not self._is_running():
            # In the end phase of the interpreter no thread can be started.
            self._answer(request)
        else:
            self._inbox.put(request)
            end = time.monotonic() + timeout_s
            while not request.done.wait(min(_LOOK_S, max(end - time.monotonic(), 0))):
                if time.monotonic() >= end:
                    break
                if not self._is_running():
                    # It ended with a last flush just before, as when a signal arrives during the end.
                    self._answer(request)
        return request.sent_all

    def end(self, timeout_s: float) -> bool:
        """Send what waits and end the thread. What cannot be sent is put on disk or dropped, and counted."""
        if self.ended:
            return True
        sent = self.flush(timeout_s, last=True)
        self.ended = True
        return sent

    def refused(self, signal: str) -> None:
        """A queue had no room for a record."""
        self.tally.dropped(signal, "after the end" if self.ended else "queue full")

    def change(self, lanes: list[Lane], interval_s: float, *, local: bool) -> None:
        """Go on with other lanes, one for each there was, also after `end`."""
        self.ended = False
        self._interval_s = interval_s
        self._local = local
        self._ever_reached = False
        if self._is_running():
            self._inbox.put(Change(lanes))
        else:
            self._change(lanes)

    def stats(self) -> Stats:
        """Counts up to now."""
        return self.tally.stats({lane.signal: lane.waiting for lane in self.lanes})

    def forget(self) -> None:
        """In a forked child: there is no thread yet, and nothing to send."""
        self._inbox = queue.SimpleQueue()
        self._thread = None
        self.idle = True
        self._starting = threading.Lock()
        self._working = threading.Lock()
        self._awake = False
        self._away_since = None
        self.tally.reset()
        for lane in self.lanes:
            lane.forget()

    def heard(self, signal: str, answer: Answer) -> None:
        """A backend answered, or nobody did. Said once when it goes, once when it comes back."""
        if answer.reached:
            self._ever_reached = True
            if self._away_since is not None:
                _log.info("the telemetry backend answers again")
                self._away_since = None
            if answer.verdict is Verdict.REFUSED:
                address = next(lane.transport.address for lane in self.lanes if lane.signal == signal)
                complain("%s refuses telemetry: %s", address, answer.detail)
        elif self._away_since is None:
            self._away_since = time.monotonic()
            address = next(lane.transport.address for lane in self.lanes if lane.signal == signal)
            address = address.removesuffix(f"/v1/{signal}")
            if self._local and not self._ever_reached and "refused" in answer.detail.lower():
                complain("no server at %s (%s); start one with `sonde serve`", address, answer.detail)
            else:
                complain("cannot send telemetry to %s: %s; trying again", address, answer.detail)

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _change(self, lanes: list[Lane]) -> None:
        for old, new in zip(self.lanes, lanes, strict=True):
            new.take_over(old)
        self.lanes = lanes

    def _run(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        due = math.inf
        while not self.ended:
            try:
                message = self._inbox.get(timeout=min(self._interval_s, max(due - time.monotonic(), 0)))
            except queue.Empty:
                message = None
            if isinstance(message, Sooner):
                due = min(due, message.due)
                continue
            due = math.inf
            self._awake = False
            try:
                if message is None:
                    self._round(time.monotonic() + _ROUND_S, now=False)
                elif isinstance(message, Change):
                    self._change(message.lanes)
                else:
                    self._answer(message)
            except Exception as error:  # the thread outlives whatever a batch does to it
                complain("cannot send telemetry: %s", error, error=error)
            if isinstance(message, Flush) and message.last:
                # Whoever goes on after the last flush gets another thread.
                self._thread = None
                self.idle = True
                return

    def _answer(self, request: Flush) -> None:
        try:
            request.sent_all = self._round(request.deadline, now=True, last=request.last)
        finally:
            request.done.set()

    def _round(self, deadline: float, *, now: bool, last: bool = False) -> bool:
        # A signal handler may have interrupted the thread that works: then it cannot wait for itself.
        if not self._working.acquire(timeout=max(deadline - time.monotonic(), 0)):
            return False
        try:
            for collect in self.collectors:
                collect(now)
            outcomes = [self._work(lane, deadline, now=now, last=last) for lane in self.lanes]
            if last:
                for lane in self.lanes:
                    lane.give_up("not sent before the end")
                    lane.transport.close()
            return all(outcome is Outcome.EMPTY for outcome in outcomes)
        finally:
            self._working.release()

    def _work(self, lane: Lane, deadline: float, *, now: bool, last: bool) -> Outcome:
        outcome = lane.work(deadline, now=now)
        if outcome is Outcome.EMPTY and not last:
            lane.send_spooled(deadline)
        while last and outcome is Outcome.BLOCKED and lane.reached and lane.backoff.until < deadline:
            # Busy, but there: the end can wait a little for it.
            time.sleep(max(lane.backoff.until - time.monotonic(), 0))
            outcome = lane.work(deadline, now=True)
        return outcome
