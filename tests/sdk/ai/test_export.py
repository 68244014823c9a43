"""What of an AI call leaves the process, by the settings of its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sdk.ai.model_server import running_model_server
from tests.sdk.collector import Collector, running_collector, values

PROGRAM = Path(__file__).with_name("asking.py")


def ask(**settings: str) -> Collector:
    with running_model_server() as model, running_collector() as collector:
        subprocess.run(
            [sys.executable, PROGRAM, f"{model.url}/v1"],
            env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **settings},
            check=True,
            timeout=60,
        )
        collector.wait_for(lambda found: "chat gpt-4o-mini" in found.names())
        return collector


def test_the_cost_is_sent_and_content_is_not() -> None:
    found = values(ask().span("chat gpt-4o-mini").attributes)

    assert found["gen_ai.usage.cost"] == pytest.approx(0.000147)
    assert found["gen_ai.conversation.id"] == "c1"
    assert "gen_ai.input.messages" not in found


@pytest.mark.parametrize(
    "settings",
    [
        {"SONDE_AI_CONTENT": "true", "SONDE_AI_MAX_CHARS": "1000"},
        {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true", "SONDE_AI_MAX_CHARS": "1000"},
    ],
)
def test_content_is_sent_where_a_setting_asks_for_it_cut_to_its_bound(settings: dict[str, str]) -> None:
    found = values(ask(**settings).span("chat gpt-4o-mini").attributes)

    assert "HiHi" in found["gen_ai.input.messages"]
    assert "truncated" in found["gen_ai.input.messages"]
    assert len(found["gen_ai.input.messages"]) <= 1000
    assert "Hello there" in found["gen_ai.output.messages"]


def test_a_sampling_ratio_of_zero_keeps_ai_calls() -> None:
    found = values(ask(SONDE_SAMPLING_RATIO="0").span("chat gpt-4o-mini").attributes)

    assert found["sonde.kept"] == "forced"
