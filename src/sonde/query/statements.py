"""Statements that are longer than a few lines live in `.sql` files next to the module that runs them.

A file has `$name` where a part of the statement goes that is ours (a condition made by `search`, a list of
columns); values have `{name:Type}` and are bound.
"""

from __future__ import annotations

import functools
from importlib import resources
from string import Template

ONE_THREAD = {"max_threads": 1}
"""For a statement that reads a few rows by key: starting a second thread would cost a third of it."""


def statement(name: str, **parts: str) -> str:
    """The statement in `<name>.sql`, its `$parts` put in."""
    return _template(name).substitute(parts)


@functools.cache
def _template(name: str) -> Template:
    return Template(resources.files("sonde.query").joinpath(f"{name}.sql").read_text(encoding="utf-8"))
