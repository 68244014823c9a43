"""The web page: static files with headers that let them load nothing from elsewhere.

Scripts, styles and vendored libraries are addressed below `assets/<fingerprint>/`, so that browsers keep them
for good and an upgraded server never meets an old script. All addresses are relative: the page works below
any path.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import posixpath
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Scope

DIRECTORY = Path(__file__).resolve().parent.parent / "ui"

EMBEDDED = "sonde-link.js"
"""The script of `<sonde-link>`, at a path of its own that stays: pages of other origins load it."""

_INDEX = "index.html"
_ASSETS = re.compile(r"assets/(?P<fingerprint>[0-9a-f]{16})/(?P<path>.+)")
_KEPT = ("css", "js", "vendor")
_TYPES = {".css": "text/css", ".js": "text/javascript"}
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
_EMBEDDED_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": _ASKED_AGAIN,
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}
_LOOKED_AT_AGAIN_S = 1.0
_STYLES = "styles.css"
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
# Scripts that run while the page is read: inline, as each request would hold the page up.
_EARLY = re.compile(r'<script src="(js/[^"]+)"></script>')
_INLINE = re.compile(r'<script(?: type="importmap")?>(.*?)</script>', re.DOTALL)
# Whole statements only: the word in a comment or a text imports nothing. Vendored modules are one long line.
_IMPORTED = re.compile(r'(?:^|;)(?:import|export)\b[^;"]*?"([^"]+)"(?:;|$)', re.MULTILINE)
_LAZY = re.compile(r'^  "?([a-z/]*)"?: lazy\("\./([^"]+)"', re.MULTILINE)


def web_page(directory: Path = DIRECTORY) -> ASGIApp:
    """The application that serves the page, compressed."""
    return GZipMiddleware(WebPage(directory), minimum_size=1000)


@dataclass(frozen=True, slots=True)
class _Kept:
    media_type: str
    content: bytes
    compressed: bytes


class WebPage(StaticFiles):
    """Files of `sonde/ui`; the views of the page are in the fragment of its URL."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._directory = directory
        self._stamp = ""
        self._stamped_at_s = -_LOOKED_AT_AGAIN_S
        # Scripts and styles of that version: a first visit asks for dozens of them at once.
        self._in_memory: dict[str, _Kept] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with its headers."""
        request = Headers(scope=scope)
        if path in (".", _INDEX):
            return self._index(request)
        if path == EMBEDDED:
            response = await super().get_response(path, scope)
            response.headers.update(_EMBEDDED_HEADERS)
            return response
        # The path comes with the separators of the operating system.
        asset = _ASSETS.fullmatch(Path(path).as_posix())
        # A page of before an upgrade gets what there is now, and keeps it only until it is loaded anew.
        is_current = asset is not None and asset["fingerprint"] == self._fingerprint()
        name = asset["path"] if asset else path
        kept = self._kept(name) if asset and scope["method"] in ("GET", "HEAD") else None
        response = _either(kept, request) if kept else await super().get_response(name, scope)
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["cache-control"] = _FOR_GOOD if is_current else _ASKED_AGAIN
        return response

    def _kept(self, name: str) -> _Kept | None:
        """A script or style of this version; None for anything else."""
        media_type = _TYPES.get(Path(name).suffix)
        if media_type is None:
            return None
        if name not in self._in_memory:
            file, _ = self.lookup_path(name)
            if name != _STYLES and not file:
                return None
            content = styles(self._directory) if name == _STYLES else Path(file).read_bytes()
            self._in_memory[name] = _Kept(media_type, content, gzip.compress(content, mtime=0))
        return self._in_memory[name]

    def _fingerprint(self) -> str:
        """The version, looked at again each second: who works on the page need not start the server anew."""
        now_s = time.monotonic()
        if now_s - self._stamped_at_s >= _LOOKED_AT_AGAIN_S:
            stamp = fingerprint(self._directory)
            if stamp != self._stamp:
                self._in_memory.clear()
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


def _either(kept: _Kept, request: Headers) -> Response:
    if "gzip" not in request.get("accept-encoding", ""):
        return Response(kept.content, media_type=kept.media_type, headers={"vary": "accept-encoding"})
    headers = {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(kept.compressed, media_type=kept.media_type, headers=headers)


def fingerprint(directory: Path) -> str:
    """Sixteen digits that change with any file of the page; taken from names, sizes and times, as it is asked
    for often."""
    stats = sorted((str(path.relative_to(directory)), path.stat()) for path in _files(directory))
    text = "\n".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _rendered(directory: Path, stamp: str) -> str:
    """The index with the addresses of this version. It names the modules that every view needs, so that they
    load at once and not one after another, and tells the page which ones are below each view."""
    assets = f"assets/{stamp}/"
    shell = modules_below(directory, "js/main.js")
    preloads = (f'<link rel="modulepreload" href="{assets}{name}">' for name in shell if name != "js/main.js")
    views = {
        route: {
            "path": f"./{path}",
            "modules": [
                assets + name for name in modules_below(directory, f"js/{path}") if name not in shell
            ],
        }
        for route, path in _LAZY.findall((directory / "js" / "main.js").read_text())
    }
    page = (directory / _INDEX).read_text()
    page = page.replace("<!-- modules -->", "\n    ".join(preloads))
    page = page.replace('id="views">{}', f'id="views">{json.dumps(views)}')
    page = _EARLY.sub(lambda found: f"<script>\n{(directory / found[1]).read_text()}</script>", page)
    page = page.replace('href="styles.css"', f'href="{assets}{_STYLES}"')
    return page.replace('src="js/', f'src="{assets}js/').replace('"./vendor/', f'"./{assets}vendor/')


def modules_below(directory: Path, name: str) -> list[str]:
    """A module and all that it and its imports import at once, by their path below `directory`; vendored ones
    by the names of the import map."""
    [import_map] = _IMPORT_MAP.findall((directory / _INDEX).read_text())
    vendored: dict[str, str] = json.loads(import_map)["imports"]
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module in found or not (directory / module).is_file():
            continue
        found[module] = None
        for target in _IMPORTED.findall((directory / module).read_text()):
            if target in vendored:
                waiting.append(vendored[target].removeprefix("./"))
            else:
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(module), target)))
    return sorted(found)


def styles(directory: Path) -> bytes:
    """All styles in one: the colours and the frame come first, as all others rest on them."""
    names = sorted(
        (path.relative_to(directory).as_posix() for path in _files(directory) if path.suffix == ".css"),
        key=lambda name: (name != "css/colours.css", name != "css/page.css", name),
    )
    return b"".join(b"/* %b */\n%b\n" % (name.encode(), (directory / name).read_bytes()) for name in names)


def _files(directory: Path) -> list[Path]:
    return [path for kept in _KEPT for path in (directory / kept).rglob("*") if path.is_file()]


def _policy(page: str) -> str:
    """The content security policy. The import map and the scripts that run early are inline, each allowed by
    its hash."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE.findall(page)
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
