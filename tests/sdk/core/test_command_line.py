"""What a program is called that nobody gave a name."""

from __future__ import annotations

import sys

import pytest

from sonde.sdk.command_line import WORKS_FOR, program_name

UNKNOWN = "unknown_service:python"


@pytest.mark.parametrize(
    ("started", "argv", "name"),
    [
        (["app.py"], ["app.py"], "app"),
        (["/srv/shop/orders.py", "--fast"], ["/srv/shop/orders.py", "--fast"], "orders"),
        (["app.py", "-m", "slow"], ["app.py", "-m", "slow"], "app"),
        (["/venv/bin/gunicorn", "-m", "7"], ["/venv/bin/gunicorn", "-m", "7"], "gunicorn"),
        (["-W", "error", "-X", "dev", "app.py"], ["app.py"], "app"),
        (["-m", "shop.nightly"], ["-m"], "nightly"),
        (["-m", "shop.nightly"], ["/srv/shop/nightly.py"], "nightly"),
        (["-m", "app"], ["/srv/app/__main__.py"], "app"),
        (["-mshop.__main__"], ["-m"], "shop"),
        (["/srv/shop"], ["/srv/shop/__main__.py"], "shop"),
        (["/srv/shop/src/__main__.py"], ["/srv/shop/src/__main__.py"], UNKNOWN),
        (["-c", "import sonde", "-m"], ["-c", "-m"], UNKNOWN),
        (["-"], ["-"], UNKNOWN),
        ([], [""], UNKNOWN),
    ],
)
def test_a_program_is_called_as_its_file_or_module(
    monkeypatch: pytest.MonkeyPatch, started: list[str], argv: list[str], name: str
) -> None:
    monkeypatch.delenv(WORKS_FOR, raising=False)
    monkeypatch.setattr(sys, "orig_argv", ["python", *started])
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "executable", "/venv/bin/python")
    assert program_name() == name
