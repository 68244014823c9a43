"""One signal's way out: from its queue through encoding to the backend, and what happens when that fails."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sonde.sdk.export.answer import Answer, Transport, Verdict
from sonde.sdk.export.backoff import Backoff
from sonde.sdk.export.encoding import Encode
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.export.spool import Spool
from sonde.sdk.stats import Tally

_LEAST_TIMEOUT_S: Final = 0.05
# What waits takes 3 KB a span, and as much again while it is sent; a request takes 0.5 ms, 4 us a span.
WORTH_A_REQUEST: Final = 128
# By the queue's measure, which is above what is sent: servers of gRPC take 4 MiB where nothing is set.
_MOST_BYTES: Final = 4 * 1024 * 1024


class Outcome(Enum):
    """Where a lane stands after it worked."""

    EMPTY = "empty"
    BLOCKED = "blocked"


@dataclass(slots=True)
class Batch:
    """Encoded records. They are kept beside their encoding, in case it turns out to be too large."""

    records: Sequence[Any]
    body: bytes
    first_tried: float = 0.0


class Lane:
    """Used by one thread at a time, but for `queue`, which any thread fills.

    `encode` makes a request of records. `heard` is told of every answer.
    `reached`: the last request was answered, however.
    """

    def __init__(
        self,
        signal: str,
        queue: BoundedQueue[Any],
        encode: Encode,
        transport: Transport,
        tally: Tally,
        *,
        batch: int,
        timeout_s: float,
        retry_s: float,
        spool: Spool | None,
        heard: Callable[[str, Answer], None],
    ) -> None:
        self.signal = signal
        self.queue = queue
        self.transport = transport
        self.backoff = Backoff()
        self._encode = encode
        self._tally = tally
        self._batch = batch
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._spool = spool
        self._heard = heard
        self._ready: deque[Batch] = deque()
        self.reached = True

    @property
    def waiting(self) -> int:
        """Records in memory."""
        return len(self.queue) + sum(len(batch.records) for batch in self._ready)

    def work(self, deadline: float, *, now: bool) -> Outcome:
        """Send what waits, until `deadline` (monotonic). `now`: do not wait after a failure."""
        while time.monotonic() < deadline:
            if not self._ready and not self._fill(now):
                return Outcome.EMPTY
            if not now and time.monotonic() < self.backoff.until:
                if self._spool is None or self._put_into(self._spool):
                    return Outcome.BLOCKED
                continue
            if not self._send(self._ready[0], deadline):
                return Outcome.BLOCKED
        return Outcome.BLOCKED

    def send_spooled(self, deadline: float) -> None:
        """Send what lies on disk, also of earlier processes, until something fails or `deadline`."""
        while self._spool is not None and time.monotonic() < deadline:
            spooled = self._spool.oldest(self.signal)
            if spooled is None:
                return
            answer = self._ask(spooled.body, deadline)
            if answer.verdict is Verdict.LATER:
                spooled.put_back()
                self.backoff.failed(time.monotonic(), answer.retry_after_s)
                return
            spooled.remove()
            if answer.verdict is Verdict.TAKEN:
                self._tally.sent(self.signal, spooled.count - answer.rejected)
            else:
                self._tally.dropped(self.signal, f"refused: {answer.detail}", spooled.count)

    def give_up(self, reason: str) -> None:
        """Put what waits on disk, or where there is no spool drop it."""
        if self._spool is None:
            lost = sum(len(batch.records) for batch in self._ready)
            self._ready.clear()
            while records := self.queue.take(self._batch, _MOST_BYTES):
                lost += len(records)
            if lost:
                self._tally.dropped(self.signal, reason, lost)
            return
        while self._ready or self._fill(now=True):
            failure = self._put_into(self._spool)
            if failure:
                self._tally.dropped(self.signal, failure, len(self._ready.popleft().records))

    def take_over(self, other: Lane) -> None:
        """Send what another lane of the same signal has ready; its connection is closed."""
        self._ready, other._ready = other._ready, deque()
        other.transport.close()

    def forget(self) -> None:
        """In a forked child: what the parent has in memory is the parent's to send."""
        self.queue.clear()
        self._ready = deque()
        self.backoff = Backoff()
        self.transport.abandon()

    def _fill(self, now: bool) -> bool:
        """Encode the next batch; false if nothing waits."""
        while not self._ready:
            waiting = len(self.queue)
            # Small requests keep memory small, but each costs the backend's time to answer, and that of a
            # program that leaves no pauses. So the more waits the more is sent at once.
            most = waiting if now else max(waiting // 2, WORTH_A_REQUEST)
            records = self.queue.take(min(most, self._batch), _MOST_BYTES)
            if not records:
                return False
            self._put(records, hurry=now or waiting > 2 * WORTH_A_REQUEST)
        return True

    def _put(self, records: Sequence[Any], *, hurry: bool) -> None:
        try:
            self._ready.append(Batch(records, self._encode(records, hurry)))
        except Exception as error:  # one record that cannot be encoded must not take others with it
            if len(records) == 1:
                self._tally.dropped(self.signal, f"cannot be encoded: {type(error).__name__}")
                return
            for record in records:
                self._put([record], hurry=hurry)

    def _send(self, batch: Batch, deadline: float) -> bool:
        """Send the first batch; false if the lane is blocked after that."""
        answer = self._ask(batch.body, deadline)
        if answer.verdict is Verdict.LATER:
            moment = time.monotonic()
            self.backoff.failed(moment, answer.retry_after_s)
            batch.first_tried = batch.first_tried or moment
            if self._spool is not None and not self._put_into(self._spool):
                return False
            if moment - batch.first_tried >= self._retry_s:
                self._ready.popleft()
                self._tally.dropped(self.signal, f"backend away: {answer.detail}", len(batch.records))
            return False
        self._ready.popleft()
        count = len(batch.records)
        if answer.verdict is Verdict.TAKEN:
            self.backoff.succeeded()
            self._tally.sent(self.signal, count - answer.rejected)
            if answer.rejected:
                self._tally.dropped(self.signal, "rejected by the backend", answer.rejected)
        elif answer.verdict is Verdict.TOO_LARGE and count > 1:
            # Smaller requests are made from now on, or every one would be refused first.
            self._batch = max(1, count // 2)
            later, self._ready = self._ready, deque()
            for start in range(0, count, self._batch):
                self._put(batch.records[start : start + self._batch], hurry=True)
            self._ready += later
        else:
            self._tally.dropped(self.signal, f"refused: {answer.detail}", count)
        return True

    def _ask(self, body: bytes, deadline: float) -> Answer:
        remaining = max(deadline - time.monotonic(), _LEAST_TIMEOUT_S)
        answer = self.transport.send(body, min(self._timeout_s, remaining))
        self.reached = answer.reached
        self._heard(self.signal, answer)
        return answer

    def _put_into(self, spool: Spool) -> str | None:
        """Put the first batch on disk; if that does not work it stays in memory, and the answer is why."""
        batch = self._ready[0]
        failure = spool.put(self.signal, len(batch.records), batch.body)
        if failure is None:
            self._ready.popleft()
            self._tally.spooled(self.signal, len(batch.records))
        return failure
