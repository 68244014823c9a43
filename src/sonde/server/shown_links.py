"""Links as the API answers them: whether they still count, and where runs are looked at."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import Request

from sonde.errors import NoLink
from sonde.query.link_answers import Link, LinkAnswer, LinkHistoryEntry
from sonde.query.link_history import TRACES_SHOWN, Touched
from sonde.query.links import Entity, Toucher
from sonde.query.time import DAY_NS, iso
from sonde.settings import Settings
from sonde.settings.run_pages import is_web_address

NO_LINK: Final = "No link available"


def oldest_ns(settings: Settings) -> int:
    """From when on a link counts (setting `links.ttl_days`)."""
    return time.time_ns() - round(settings.links_ttl_days * DAY_NS)


def of_age(settings: Settings, entity: Entity, found: Toucher | None, *, unread: str = "") -> Toucher:
    """What was found, unless that is nothing or too old. Raises NoLink, which says what was left `unread`."""
    but = f"; {unread}" if unread else ""
    name = f"{entity.type} {entity.id[:100]!r}"
    if found is None:
        hint = f"no run has recorded {name}, or none within the time that data is kept{but}"
        raise NoLink(NO_LINK, hint=hint)
    if found.last_ns < oldest_ns(settings):
        days = f"{settings.links_ttl_days:g}"
        hint = f"{name} was last recorded at {iso(found.last_ns)}; links count for {days} days{but}"
        raise NoLink(NO_LINK, hint=hint, reason="expired")
    return found


class ShownLinks:
    """Answers about links: where runs are looked at."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._settings = settings
        self._pages = settings.run_pages
        self._base = str(request.base_url).rstrip("/")

    def link(self, entity: Entity, found: Toucher) -> Link:
        """The link of an entity."""
        return {
            "type": entity.type,
            "id": entity.id,
            "runId": found.run_id,
            "runUrl": found.run_url,
            "recordedAt": iso(found.last_ns),
            "traceId": next(iter(found.trace_ids), ""),
            "url": self.url(found),
            "sondeUrl": self._own(found),
        }

    def answer(self, entity: Entity, found: Toucher | None) -> LinkAnswer:
        """What is known of an entity."""
        try:
            link = self.link(entity, of_age(self._settings, entity, found))
        except NoLink as none:
            return {"type": entity.type, "id": entity.id, "status": none.reason, "link": None}
        return {"type": entity.type, "id": entity.id, "status": "found", "link": link}

    def entry(self, touched: Touched) -> LinkHistoryEntry:
        """A run of the history."""
        found, went = touched.toucher, touched.outcome
        return {
            "runId": found.run_id,
            "runUrl": found.run_url,
            "url": self.url(found),
            "sondeUrl": self._own(found),
            "firstAt": iso(found.first_ns),
            "recordedAt": iso(found.last_ns),
            "traceIds": found.trace_ids[:TRACES_SHOWN],
            "traceCount": len(found.traces),
            "outcome": went["status"] if went else touched.run["status"] if touched.run else "",
            "entity": went,
            "run": touched.run,
            "attempts": touched.attempts,
            "expired": found.last_ns < oldest_ns(self._settings),
        }

    def url(self, found: Toucher) -> str:
        """Where to look at the run: only ever an address of http or https."""
        if is_web_address(found.run_url):
            return found.run_url
        return self._pages.url(found.run_id) or self._own(found)

    def place(self, found: Toucher) -> str:
        """The same for a redirect: Sonde's own pages without scheme and host, which a proxy knows better."""
        url = self.url(found)
        own = f"{self._base}/#/"
        return f"{urlsplit(self._base).path}/#/{url.removeprefix(own)}" if url.startswith(own) else url

    def _own(self, found: Toucher) -> str:
        if found.run_id:
            return f"{self._base}/#/runs/{quote(found.run_id, safe='')}"
        return f"{self._base}/#/traces/{quote(next(iter(found.trace_ids), ''), safe='')}"
