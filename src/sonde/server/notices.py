"""What somebody should look after, as far as the server sees it without effort."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from sonde.server.health import not_ready
from sonde.server.parts import Parts
from sonde.settings import MIB

LEAST_FREE_MB = 512
LOW_FREE_MB = 2048

# Of the largest journal; above it the store has not kept up for a while.
_FULL = 0.8
_BEHIND_S = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong, and what to do about it."""

    message: str
    hint: str


def notices(parts: Parts) -> Iterator[Notice]:
    """The worst first. Looks at the disk, so not on the event loop."""
    for missing in not_ready(parts):
        yield Notice(missing, "the server's log says more; `sonde doctor` looks at the machine")
    yield from _of_the_journal(parts)
    if parts.outside_links is not None and parts.outside_links.problem:
        yield Notice(
            f"links in {parts.outside_links.kind} are not read: {parts.outside_links.problem}",
            "links come from Sonde's store alone until it answers; it is tried again by itself",
        )
    directory = parts.settings.data_dir
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // MIB
    if free_mb < LEAST_FREE_MB:
        yield Notice(
            f"only {free_mb} MiB are free at {existing}",
            "`sonde cleanup --older-than 3d` makes room: a full disk refuses telemetry (503)",
        )
    elif free_mb < LOW_FREE_MB:
        yield Notice(
            f"{free_mb} MiB are free at {existing}",
            "make room soon: `sonde cleanup --older-than 3d`, or lower `retention.*`",
        )


def _of_the_journal(parts: Parts) -> Iterator[Notice]:
    if parts.journal is None:
        return
    stats = parts.journal.stats()
    if stats.store_error:
        yield Notice(
            f"the store does not take what is accepted: {stats.store_error}",
            "nothing is lost: it waits in the journal and is tried again",
        )
    if stats.set_aside:
        aside = parts.settings.data_dir / "journal" / "aside"
        yield Notice(
            f"{stats.set_aside} files are set aside: data that could not be read or stored",
            f"read the reports in {aside}; delete what is not wanted back",
        )
    if stats.bytes > _FULL * parts.settings.journal_max_mb * MIB:
        yield Notice(
            f"the journal holds {stats.bytes // MIB} of {parts.settings.journal_max_mb:g} MiB",
            "at its limit requests are answered 503: send less, sample, or raise journal.max_mb",
        )
    elif stats.oldest_age_s > _BEHIND_S:
        yield Notice(
            f"what is accepted is stored {stats.oldest_age_s:.0f} s late",
            "more is sent than the store takes; sample, or give the server more cores",
        )
