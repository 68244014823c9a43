"""`pyarrow.compute`, untyped: it makes most of its functions at import, where a type checker does not see
them."""

from __future__ import annotations

from typing import Any

import pyarrow.compute

kernels: Any = pyarrow.compute
