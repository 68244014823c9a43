"""The web page: static files with headers that let them load nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIRECTORY = Path(__file__).resolve().parent.parent / "ui"

INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class WebPage(StaticFiles):
    """Files of `sonde/ui`; the views of the page are in the fragment of its URL."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self._policy = _policy(directory / "index.html")

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with its headers."""
        response = await super().get_response(path, scope)
        response.headers["content-security-policy"] = self._policy
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["referrer-policy"] = "no-referrer"
        # Asked again each time (304 when unchanged), so an upgraded server never meets an old script.
        response.headers["cache-control"] = "no-cache"
        return response


def _policy(index: Path) -> str:
    """The content security policy. An import map must be inline, so inline scripts are allowed by hash."""
    found = INLINE_SCRIPT.findall(index.read_bytes()) if index.is_file() else []
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in found]
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
