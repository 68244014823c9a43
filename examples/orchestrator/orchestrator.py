"""Moves the tasks of a board on until all are done: `orchestrate.next` picks, `orchestrate.advance` moves.

python orchestrator.py --board FILE --orchestration ID [--inconsistent]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from board import Board, Item

import sonde
from sonde.sdk.orchestrations import Orchestration

STEPS = {"todo": "doing", "doing": "review", "review": "done"}


class ToolFailed(Exception):
    """A tool that a task needs did not do its work."""


class Orchestrator:
    """Works through one board. `silent` is a task whose review it never tells of."""

    def __init__(self, board: Board, orchestration: Orchestration, silent: str) -> None:
        self.board = board
        self.orchestration = orchestration
        self.silent = silent
        self.failures_to_come = {"task_4"}

    def work(self) -> None:
        """From the plan to the last task."""
        with sonde.span("orchestrate.plan") as span:
            self.board.put("plan", "plan", "four tasks, one after another", span.trace_id)
        self.enter("build")
        while (task := self.next()) is not None:
            try:
                self.advance(task)
            except ToolFailed as error:
                print(f"{task.id}: {error}; trying again", flush=True)
        self.enter("done")

    def enter(self, phase: str) -> None:
        self.orchestration.phase(phase)
        self.board.phase = phase

    @sonde.traced("orchestrate.next")
    def next(self) -> Item | None:
        """The first task that is not done."""
        left = [task for task in self.board.items("task") if task.content != "done"]
        sonde.current_span().set(left=len(left))
        return left[0] if left else None

    @sonde.traced("orchestrate.advance")
    def advance(self, task: Item) -> None:
        """Move a task to its next state. Raises ToolFailed."""
        span = sonde.current_span()
        after = STEPS[task.content]
        span.set({"sonde.subject": task.id, "sonde.from": task.content, "sonde.to": after})
        time.sleep(0.02)
        if task.content == "doing" and task.id in self.failures_to_come:
            self.failures_to_come.remove(task.id)
            error = ToolFailed("the compiler was killed")
            about = {"sonde.subject": task.id, "error.type": "ToolFailed", "sonde.error.detail": str(error)}
            sonde.event("orchestrate.error", str(error), severity="error", attributes=about)
            raise error
        self.board.put("task", task.id, after, span.trace_id)
        if after == "done":
            self.board.put("commit", f"c{task.id[-1]}", f"Finish {task.id}", span.trace_id)
        elif after == "review":
            self.board.put("commit", f"w{task.id[-1]}", f"wip {task.id}", span.trace_id)
        if not (task.id == self.silent and after == "review"):
            self.orchestration.transition(task.content, after, subject=task.id)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--orchestration", required=True)
    parser.add_argument("--inconsistent", action="store_true")
    options = parser.parse_args()

    # A span for every statement on the board would only be in the way here.
    sonde.configure(service_name="orchestrator", instrument=False)
    with sonde.orchestration(options.orchestration, source="orchestrator", phase="plan") as orchestration:
        silent = "task_3" if options.inconsistent else ""
        Orchestrator(Board(options.board), orchestration, silent).work()


if __name__ == "__main__":
    main()
