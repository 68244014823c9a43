"""The parts of a running server, as its routes see them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sonde.errors import SondeError
from sonde.link_stores.choice import outside_kind
from sonde.query.trace_cache import TraceCache
from sonde.receive.counters import Counters
from sonde.server.audit import AuditLog
from sonde.server.auth import Caller, Identity
from sonde.server.exposition import Histogram
from sonde.server.keys import Scope
from sonde.server.link_cache import LinkCache
from sonde.server.link_counters import LinkCounters
from sonde.server.link_tokens import LinkTokens
from sonde.server.live import Live
from sonde.server.outside_links import OutsideLinks
from sonde.server.rates import Rates
from sonde.server.recent_links import RecentLinks
from sonde.server.shared import Shared
from sonde.settings import MIB, Settings
from sonde.store.dsn import EmbeddedDsn, parse_dsn

if TYPE_CHECKING:
    from sonde.journal import Journal
    from sonde.receive.intake import Intake
    from sonde.server.ingestion import Ingestion
    from sonde.store import Store


@dataclass(slots=True)
class Parts:
    """What runs. Without a receiver (a command that opened the store itself) there is no journal."""

    settings: Settings
    admit: Callable[[Caller, Scope], Identity]
    """Decides who may do what; raises Unauthenticated or Forbidden."""
    store: Store | None = None
    """None until it is open."""
    store_failure: SondeError | None = None
    """Why it never will be."""
    journal: Journal | None = None
    intake: Intake | None = None
    ingestion: Ingestion | None = None
    live: Live = field(default_factory=Live)
    counters: Counters = field(default_factory=Counters)
    shared: Shared = field(default_factory=Shared)
    recent_links: RecentLinks = field(default_factory=RecentLinks)
    link_counters: LinkCounters = field(default_factory=LinkCounters)
    audit: AuditLog = field(default_factory=AuditLog)
    api_seconds: Histogram = field(default_factory=lambda: Histogram("route", "status"))
    cleaning: threading.Lock = field(default_factory=threading.Lock)
    """Held while what is past its time is deleted."""
    started_ns: int = field(default_factory=time.time_ns)
    url: str = ""
    """Where it answers; empty where it does not know."""
    grpc_address: str = ""
    """Where it takes OTLP by gRPC; empty where it does not."""
    rates: Rates = field(init=False)
    traces: TraceCache = field(init=False)
    """The traces looked at last."""
    link_cache: LinkCache = field(init=False)
    link_tokens: LinkTokens = field(init=False)
    outside_links: OutsideLinks | None = field(init=False)
    """Links in a Redis of the settings; None where they name none."""

    def __post_init__(self) -> None:
        self.rates = Rates(self.counters.accepted)
        self.traces = TraceCache(int(self.settings.query_trace_cache_mb * MIB))
        # To a ClickHouse server others write as well.
        self.link_cache = LinkCache(enabled=isinstance(parse_dsn(self.settings), EmbeddedDsn))
        self.link_tokens = LinkTokens(self.settings.data_dir, self.settings.links_token_secret)
        self.outside_links = OutsideLinks(self.settings) if outside_kind(self.settings) else None
