"""Opens the store beside the rest of the start: telemetry is accepted before the engine is loaded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sonde.errors import SondeError, StoreError, StoreUnavailable
from sonde.server.allocator import forget_pages_of_the_start
from sonde.server.ingestion import RETRY_LATER
from sonde.store.dsn import EmbeddedDsn, parse_dsn

if TYPE_CHECKING:
    from sonde.settings import Settings
    from sonde.store import Store

WAIT_S = 1.0
LONGEST_PAUSE_S = 5.0

log = logging.getLogger("sonde.server")


class Opening:
    """A store that is, or will be, open. A ClickHouse server that is away, or that cannot work
    for now, is tried until it does."""

    def __init__(
        self, settings: Settings, opened: Callable[[Store], None], failed: Callable[[SondeError], None]
    ) -> None:
        """`opened` and `failed` are called on a thread of its own, at most one of them, once.

        Raises SettingError for a DSN that is malformed.
        """
        self._settings = settings
        self._embedded = isinstance(parse_dsn(settings), EmbeddedDsn)
        self._opened = opened
        self._failed = failed
        self._store: Store | None = None
        self._done = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sonde-store", daemon=True)

    def start(self) -> None:
        """Begin to open it."""
        self._thread.start()

    def store(self) -> Store | None:
        """The store; waits a moment for one that is being opened, then gives None."""
        self._done.wait(WAIT_S)
        return self._store

    def close(self) -> None:
        """Stop trying, and close the store when it is open."""
        self._closing.set()
        self._thread.join()
        if self._store is not None:
            self._store.close()

    def _run(self) -> None:
        try:
            self._store = self._open()
        except SondeError as error:
            self._failed(error)
            return
        except Exception as error:
            log.exception("cannot open the store")
            self._failed(StoreUnavailable(f"cannot open the store: {error}"))
            return
        finally:
            self._done.set()
        if self._store is not None:
            self._opened(self._store)
            forget_pages_of_the_start()

    def _open(self) -> Store | None:
        from sonde.store import open_store

        pause_s = 0.25
        while not self._closing.is_set():
            try:
                return open_store(self._settings)
            except StoreError as error:
                passing = isinstance(error, StoreUnavailable) or error.engine_code in RETRY_LATER
                if self._embedded or not passing:
                    raise
                log.warning("%s; telemetry waits in the journal until it answers", error.message)
            self._closing.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return None
