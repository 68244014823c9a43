"""Statements that are longer than a few lines live in `.sql` files next to the module that runs them.

A file has `$name` where a part of the statement goes that is ours (a condition made by `search`, a list of
columns); values have `{name:Type}` and are bound.
"""

from __future__ import annotations

import functools
from importlib import resources
from string import Template

INDEXES_FIRST = {"use_skip_indexes_on_data_read": 0}
"""For a statement that looks through all of a range: skip indexes are read before the data, not with it.

A rare attribute is found with a fifth less CPU, and the engine then keeps in mind which granules have none.
"""

ONE_THREAD = {"max_threads": 1}
"""For a statement that reads a few rows: starting a second thread would cost a sixth of it."""

BY_KEY = {**INDEXES_FIRST, **ONE_THREAD}
"""For a statement that reads the rows of a few keys."""


def statement(name: str, **parts: str) -> str:
    """The statement in `<name>.sql`, its `$parts` put in."""
    return _template(name).substitute(parts)


@functools.cache
def _template(name: str) -> Template:
    return Template(resources.files("sonde.query").joinpath(f"{name}.sql").read_text(encoding="utf-8"))
