"""The search people write, one for spans, logs, events and metrics, in the API, the command line and live.

`parse` reads it into a tree; `condition` and `predicate` turn the same tree into SQL and into a function.
"""

from sonde.query.search.fields import Searched
from sonde.query.search.parser import parse
from sonde.query.search.predicate import Predicate, predicate
from sonde.query.search.sql import Condition, columns_of, condition
from sonde.query.search.tree import EVERYTHING, Node

__all__ = [
    "EVERYTHING",
    "Condition",
    "Node",
    "Predicate",
    "Searched",
    "columns_of",
    "condition",
    "parse",
    "predicate",
]
