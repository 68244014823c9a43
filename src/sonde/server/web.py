"""The web page: static files with headers that let them load nothing from elsewhere.

Scripts, styles and vendored libraries are addressed below `assets/<fingerprint>/`, so that browsers keep them
for good and an upgraded server never meets an old script. All addresses are relative: the page works below
any path.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
import time
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Scope

DIRECTORY = Path(__file__).resolve().parent.parent / "ui"

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

_INDEX = "index.html"
_ASSETS = re.compile(r"assets/(?P<fingerprint>[0-9a-f]{16})/(?P<path>.+)")
_KEPT = ("css", "js", "vendor")
_TYPES = {".css": "text/css", ".js": "text/javascript"}
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
_LOOKED_AT_AGAIN_S = 1.0


def web_page(directory: Path = DIRECTORY) -> ASGIApp:
    """The application that serves the page, compressed."""
    return GZipMiddleware(WebPage(directory), minimum_size=1000)


class WebPage(StaticFiles):
    """Files of `sonde/ui`; the views of the page are in the fragment of its URL."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._directory = directory
        self._stamp = ""
        self._stamped_at_s = -_LOOKED_AT_AGAIN_S
        # Scripts and styles of that version, compressed: a first visit asks for a hundred of them at once.
        self._compressed: dict[str, bytes] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with its headers."""
        request = Headers(scope=scope)
        if path in (".", _INDEX):
            return self._index(request)
        # The path comes with the separators of the operating system.
        asset = _ASSETS.fullmatch(Path(path).as_posix())
        # A page of before an upgrade gets what there is now, and keeps it only until it is loaded anew.
        is_current = asset is not None and asset["fingerprint"] == self._fingerprint()
        caching = _FOR_GOOD if is_current else _ASKED_AGAIN
        found = self._script_or_style(asset["path"], request) if asset and is_current else None
        response = found or await super().get_response(asset["path"] if asset else path, scope)
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["cache-control"] = caching
        return response

    def _script_or_style(self, name: str, request: Headers) -> Response | None:
        """A compressed answer from memory; None for whom and what that is not for."""
        media_type = _TYPES.get(Path(name).suffix)
        if media_type is None or "gzip" not in request.get("accept-encoding", ""):
            return None
        body = self._compressed.get(name)
        if body is None:
            file, _ = self.lookup_path(name)
            if not file:
                return None
            body = self._compressed[name] = gzip.compress(Path(file).read_bytes(), mtime=0)
        headers = {"content-encoding": "gzip", "vary": "accept-encoding"}
        return Response(body, media_type=media_type, headers=headers)

    def _fingerprint(self) -> str:
        """The version, looked at again each second: who works on the page need not start the server anew."""
        now_s = time.monotonic()
        if now_s - self._stamped_at_s >= _LOOKED_AT_AGAIN_S:
            stamp = fingerprint(self._directory)
            if stamp != self._stamp:
                self._compressed.clear()
            self._stamp, self._stamped_at_s = stamp, now_s
        return self._stamp

    def _index(self, request: Headers) -> Response:
        if not (self._directory / _INDEX).is_file():
            raise HTTPException(404)
        stamp = self._fingerprint()
        page = _rendered(self._directory, stamp)
        answer = Response(
            page,
            media_type="text/html",
            headers={
                "content-security-policy": _policy(page),
                "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
                "cache-control": _ASKED_AGAIN,
                "etag": f'"{stamp}"',
            },
        )
        return (
            NotModifiedResponse(answer.headers) if self.is_not_modified(answer.headers, request) else answer
        )


def fingerprint(directory: Path) -> str:
    """Sixteen digits that change with any file of the page; taken from names, sizes and times, as it is asked
    for often."""
    stats = sorted((str(path.relative_to(directory)), path.stat()) for path in _files(directory))
    text = "\n".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _rendered(directory: Path, stamp: str) -> str:
    """The index with the addresses of this version. It names all modules, so that they load at once and not
    one after another."""
    assets = f"assets/{stamp}/"
    names = sorted(html.escape(path.relative_to(directory).as_posix()) for path in _files(directory))
    styles = [name for name in names if name.endswith(".css")]
    modules = [name for name in names if name.endswith(".js") and name not in ("js/theme.js", "js/main.js")]
    # The colours come first: all other styles use them.
    styles.sort(key=lambda name: (name != "css/colours.css", name != "css/page.css", name))
    page = (directory / _INDEX).read_text()
    page = page.replace(
        "<!-- styles -->", "\n    ".join(f'<link rel="stylesheet" href="{assets}{name}">' for name in styles)
    )
    page = page.replace(
        "<!-- modules -->",
        "\n    ".join(f'<link rel="modulepreload" href="{assets}{name}">' for name in modules),
    )
    return page.replace('src="js/', f'src="{assets}js/').replace('"./vendor/', f'"./{assets}vendor/')


def _files(directory: Path) -> list[Path]:
    return [path for kept in _KEPT for path in (directory / kept).rglob("*") if path.is_file()]


def _policy(page: str) -> str:
    """The content security policy. An import map must be inline, so inline scripts are allowed by hash."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in INLINE_SCRIPT.findall(page)
    ]
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
