"""What the README tells people to type does what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


# `serve` runs until it is stopped, `tail` waits for what comes, `run` wants a program: they have other tests.
ASKING = [
    line
    for block in blocks("sh")
    for line in block.splitlines()
    if line.startswith("sonde ") and line.split()[1] not in ("run", "serve", "tail")
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer, None, None]:
    """A server that has received what the README's program sends."""
    running = SondeServer(tmp_path_factory.mktemp("readme") / "data").start()
    (program,) = blocks("python")
    env = {**os.environ, "SONDE_URL": running.url}
    subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=60)
    running.flush()
    yield running
    running.close()


def test_the_program_of_the_readme_arrives(server: SondeServer) -> None:
    (found,) = server.get("/api/v1/spans", q="service:my-app user.id:42")["spans"]
    assert found["operation"] == "hello"


@pytest.mark.parametrize("line", ASKING)
def test_the_commands_of_the_readme_run(server: SondeServer, line: str) -> None:
    found = server.get("/api/v1/spans", limit=1)["spans"][0]["traceId"]
    command = re.sub(r"\b[0-9a-f]{32}\b", found, line)
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command, comments=True)],
        env={**os.environ, "SONDE_URL": server.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # 1 says that nothing matches.
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_readme_links_to_is_there(server: SondeServer) -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README)
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
    assert httpx.get(server.url + "/").status_code == 200
