"""The programs on the pages about frameworks run as they stand."""

from __future__ import annotations

import re

import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import REPOSITORY, python, run


@pytest.mark.parametrize("page", ["fastapi", "flask", "celery"])
def test_the_program_on_the_page_runs(page: str, collector: Collector) -> None:
    text = (REPOSITORY / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = run(python("-W", "error", "-c", code), collector)
    assert (done.returncode, done.stderr) == (0, "")
