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
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if RUNNABLE.search(page.read_text("utf-8"))]


def run(language: str, text: str, server: SondeServer) -> str:
    """What a snippet wrote, with the port of this server instead of the documented one."""
    text = text.replace("127.0.0.1:4318", f"127.0.0.1:{server.http_port}")
    bin_directory = Path(sys.executable).parent
    variables = environment(SONDE_DATA_DIR=str(server.data_dir))
    variables["PATH"] = f"{bin_directory}:{variables['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "bash" else [sys.executable, "-c", text]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_what_a_page_says_to_run_runs(page: Path, new_server: NewServer) -> None:
    server = new_server().start()
    for language, text in RUNNABLE.findall(page.read_text("utf-8")):
        run(language, text, server)


def test_the_quickstart_leads_to_a_span_of_ones_own(new_server: NewServer) -> None:
    server = new_server().start()
    snippets = RUNNABLE.findall((DOCS / "quickstart.md").read_text("utf-8"))
    shown = [run(language, text, server) for language, text in snippets]
    assert "checkout" in shown[0]
    assert "greet" in shown[-1]
    drawn = run("bash", f"sonde trace {shown[-1].split()[-1]}", server)
    assert "└╴think  hello" in drawn
