"""Copies the board to another system, again and again until the orchestrator is done.

python daemon.py --board FILE --orchestration ID [--inconsistent]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from board import Board, Item

import sonde


class Daemon:
    """Syncs one board. `lost` is a task of which the last write never arrives, though it is told."""

    def __init__(self, board: Board, orchestration_id: str, lost: str) -> None:
        self.board = board
        self.orchestration_id = orchestration_id
        self.lost = lost

    def run(self) -> None:
        """Sync until there is nothing more to come; once more after that."""
        while (phase := self.board.phase) != "done":
            self.sync_all(phase)
            time.sleep(0.15)
        self.sync_all("done")

    def sync_all(self, phase: str) -> None:
        """One pass over everything, in the phase that the board is in."""
        orchestration = sonde.orchestration(self.orchestration_id, source="daemon", phase=phase, open=False)
        with orchestration as self.orchestration, sonde.span("sync_all") as span:
            parts = (self.sync_team_members, self.sync_tasks, self.sync_commits, self.sync_plan)
            span.set(written=sum(part() for part in parts))

    @sonde.traced("sync_team_members")
    def sync_team_members(self) -> int:
        return self.sync("member", lambda member: "has left" if member.content == "left" else None)

    @sonde.traced("sync_tasks")
    def sync_tasks(self) -> int:
        return self.sync("task", lambda task: "not begun" if task.content == "todo" else None)

    @sonde.traced("sync_commits")
    def sync_commits(self) -> int:
        return self.sync("commit", lambda commit: "unfinished" if commit.content.startswith("wip") else None)

    @sonde.traced("sync_plan")
    def sync_plan(self) -> int:
        return self.sync("plan", lambda plan: None)

    def sync(self, kind: str, reason_against: Callable[[Item], str | None]) -> int:
        """Copy what has changed and is to be copied; how many. Every skip has its reason."""
        copies = {copy.id: copy for copy in self.board.items(kind, copies=True)}
        written = 0
        for item in self.board.items(kind):
            copy = copies.get(item.id)
            reason = "unchanged" if copy and copy.revision == item.revision else reason_against(item)
            if reason is not None and self.lost and item.content == "left":
                # What a skip must not be: without its reason.
                sonde.event("projection.skip", attributes={"sonde.subject": f"{kind} {item.id}"})
                continue
            if reason is not None:
                self.orchestration.skip(f"{kind} {item.id}", reason, revision=item.revision)
                continue
            self.write(item, copy)
            written += 1
        return written

    def write(self, item: Item, copy: Item | None) -> None:
        trace_id = sonde.current_span().trace_id
        stale = copy.content if copy else "todo"
        self.board.copy(item, trace_id, stale if item.id == self.lost and item.content == "done" else None)
        self.orchestration.write(f"{item.kind} {item.id}", revision=item.revision)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--orchestration", required=True)
    parser.add_argument("--inconsistent", action="store_true")
    options = parser.parse_args()

    sonde.configure(service_name="sync-daemon", instrument=False)
    Daemon(Board(options.board), options.orchestration, "task_2" if options.inconsistent else "").run()


if __name__ == "__main__":
    main()
