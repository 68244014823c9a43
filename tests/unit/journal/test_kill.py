"""A process killed at any moment loses nothing it acknowledged and stores nothing twice."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.unit.journal.sending import Sending, stored_names


@pytest.mark.parametrize("seed", range(3))
def test_nothing_acknowledged_is_lost_or_doubled_by_kills_under_load(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    accepted: set[str] = set()
    for _ in range(3):
        sending = Sending(tmp_path, count=100_000)
        sending.wait_for("stored ")
        time.sleep(chance.uniform(0.01, 0.3))
        accepted |= sending.kill().accepted
    assert len(accepted) > 50
    # The next process takes up what is left; here it sends as much again as was accepted.
    outcome = Sending(tmp_path, count=1).finish()
    assert "stopped" in outcome.lines
    names = stored_names(tmp_path)
    assert len(names) == len(set(names))
    assert accepted <= set(names)


def test_what_is_sent_again_after_a_kill_is_stored_once(tmp_path: Path) -> None:
    for _ in range(3):
        sending = Sending(tmp_path, count=400)
        sending.wait_for("stored ", "duplicate ")
        time.sleep(0.05)
        sending.kill()
    outcome = Sending(tmp_path, count=400).finish()
    assert outcome.accepted == {f"r{number}" for number in range(400)}
    assert sorted(stored_names(tmp_path)) == sorted(outcome.accepted)
