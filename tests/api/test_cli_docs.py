"""Snippets of the documentation that are marked `<!-- run -->` do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import environment
from tests.api.conftest import NewServer

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUNNABLE = re.compile(r"<!-- run -->\n```(bash|python)\n(.*?)```", re.DOTALL)
PAGES = {
    str(page.relative_to(DOCS)): found
    for page in sorted(DOCS.rglob("*.md"))
    if (found := RUNNABLE.findall(page.read_text("utf-8")))
}
# Where a key was made, everything that follows needs one.
ALONE = ("how-to/keys.md",)


def run(language: str, text: str, server: SondeServer) -> str:
    """What a snippet wrote, with the port of this server instead of the documented one."""
    text = text.replace("127.0.0.1:4318", f"127.0.0.1:{server.http_port}")
    bin_directory = Path(sys.executable).parent
    variables = environment(SONDE_DATA_DIR=str(server.data_dir), SONDE_ENDPOINT=server.url)
    variables["PATH"] = f"{bin_directory}:{variables['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "bash" else [sys.executable, "-c", text]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, f"{text}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"quickstart.md", *ALONE}))
def test_what_a_page_says_to_run_runs(page: str, shared_server: SondeServer) -> None:
    for language, text in PAGES[page]:
        run(language, text, shared_server)


@pytest.mark.parametrize("page", ALONE)
def test_what_a_page_says_to_run_on_a_new_server_runs(page: str, new_server: NewServer) -> None:
    server = new_server().start()
    for language, text in PAGES[page]:
        run(language, text, server)


def test_the_quickstart_leads_to_spans_of_ones_own(shared_server: SondeServer) -> None:
    shown = [run(language, text, shared_server) for language, text in PAGES["quickstart.md"]]
    assert "greet" in shown[1]
    drawn = run("bash", f"sonde trace {shown[1].split()[-1]} --logs", shared_server)
    assert "└╴think  hello" in drawn
    assert "thinking about the world" in drawn
    assert "order.place" in shown[3]
    assert "checkout" in shown[4]
