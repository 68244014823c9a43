"""The server: its parts, started in order and stopped in reverse.

    from sonde.server import create_app

gives it as an ASGI application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sonde.server.mounted import SondeApp as SondeApp
    from sonde.server.mounted import create_app as create_app

__all__ = ["SondeApp", "create_app"]


# Commands import parts of the server where its packages are not installed.
def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sonde.server' has no attribute {name!r}")
    from sonde.server import mounted

    return getattr(mounted, name)
