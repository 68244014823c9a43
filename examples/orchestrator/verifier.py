"""Compares the board with its copies and tells each difference, with the traces of both writers.

python verifier.py --board FILE --orchestration ID
"""

from __future__ import annotations

import argparse
from pathlib import Path

from board import Board

import sonde


@sonde.traced("verify.compare")
def compare(board: Board) -> int:
    """How many copies are not what they are copies of."""
    differences = 0
    for kind in ("task", "plan"):
        copies = {copy.id: copy for copy in board.items(kind, copies=True)}
        for item in board.items(kind):
            copy = copies.get(item.id)
            if copy is not None and copy.content == item.content:
                continue
            differences += 1
            there = f"{copy.content!r}" if copy else "missing"
            sonde.violation(
                "copies are the board",
                [item.trace_id, copy.trace_id] if copy else [item.trace_id],
                f"{kind} {item.id} is {item.content!r} on the board, {there} in the copy",
                **{"sonde.subject": f"{kind} {item.id}"},
            )
    sonde.current_span().set(differences=differences)
    return differences


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--orchestration", required=True)
    options = parser.parse_args()

    sonde.configure(service_name="verifier", instrument=False)
    with sonde.orchestration(options.orchestration, source="verifier", phase="verify"):
        differences = compare(Board(options.board))
    print(f"{differences} differences" if differences else "Both sides are the same", flush=True)


if __name__ == "__main__":
    main()
