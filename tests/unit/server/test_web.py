"""How the page is served: versions, caching, policy, and what is vendored."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from sonde.server.web import DIRECTORY, fingerprint, modules_below, web_page


@pytest.fixture
def page() -> TestClient:
    return TestClient(Starlette(routes=[Mount("/", web_page())]))


def test_the_index_names_what_every_view_needs_and_what_is_below_each(page: TestClient) -> None:
    text = page.get("/").text
    assets = f"assets/{fingerprint(DIRECTORY)}/"
    preloaded = set(re.findall(r'<link rel="modulepreload" href="([^"]+)">', text))
    [views] = re.findall(r'id="views">(.*?)</script>', text)
    below = {route: view["modules"] for route, view in json.loads(views).items()}

    for name in ("js/components/shell.js", "js/lib/api.js", "vendor/preact.js", "vendor/signals-core.js"):
        assert assets + name in preloaded
    assert assets + "js/views/home.js" in below[""]
    assert assets + "vendor/uplot.js" in below["traces"]
    assert assets + "js/lib/api.js" not in below[""]
    assert len(below) == len(list((DIRECTORY / "js" / "views").glob("*.js")))


def test_every_script_is_reached_from_the_index(page: TestClient) -> None:
    views = (f"js/views/{path.name}" for path in (DIRECTORY / "js" / "views").glob("*.js"))
    reached = {name for start in ("js/main.js", *views) for name in modules_below(DIRECTORY, start)}
    there = {
        path.relative_to(DIRECTORY).as_posix()
        for kept in ("js", "vendor")
        for path in (DIRECTORY / kept).rglob("*.js")
    }
    assert there - reached == {"js/early.js", "js/theme.js"}


def test_all_styles_come_in_one_the_colours_first(page: TestClient) -> None:
    address = re.search(r'<link rel="stylesheet" href="([^"]+)">', page.get("/").text)
    assert address is not None
    answer = page.get(f"/{address[1]}")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.text.startswith("/* css/colours.css */")
    for path in (*(DIRECTORY / "css").glob("*.css"), DIRECTORY / "vendor" / "uplot.css"):
        assert path.read_text() in answer.text


def test_every_address_of_the_index_is_relative(page: TestClient) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.get("/").text)
    assert addresses
    assert not [each for each in addresses if each.startswith("/") or ":" in each]


def test_assets_of_this_version_are_kept_for_good_and_the_index_is_not(page: TestClient) -> None:
    script = re.search(r'src="(assets/[^"]+/js/main\.js)"', page.get("/").text)
    assert script is not None
    assert "immutable" in page.get(f"/{script[1]}").headers["cache-control"]
    assert page.get("/").headers["cache-control"] == "no-cache"
    assert page.get("/icon.svg").headers["cache-control"] == "no-cache"


def test_an_asset_of_another_version_is_what_there_is_now_and_is_not_kept(page: TestClient) -> None:
    answer = page.get("/assets/0123456789abcdef/js/main.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_nothing_outside_the_page_can_be_read(page: TestClient) -> None:
    for path in (
        "/assets/0123456789abcdef/../../server/web.py",
        "/%2e%2e/server/web.py",
        "/..%2fserver/web.py",
    ):
        assert page.get(path).status_code == 404, path


def test_the_version_changes_with_a_file(tmp_path: Path) -> None:
    script = tmp_path / "js" / "main.js"
    script.parent.mkdir()
    script.write_text("1")
    before = fingerprint(tmp_path)
    script.write_text("2")
    os.utime(script, ns=(1, 1))
    assert fingerprint(tmp_path) != before


def test_the_policy_allows_inline_scripts_by_their_hash_alone(page: TestClient) -> None:
    answer = page.get("/")
    scripts = re.findall(r'<script(?: type="importmap")?>(.*?)</script>', answer.text, re.DOTALL)
    assert len(scripts) == 3
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'self' {allowed};" in policy
    assert "unsafe" not in policy
    for name in ("theme", "early"):
        assert (DIRECTORY / "js" / f"{name}.js").read_text() in answer.text


def test_scripts_are_compressed(page: TestClient) -> None:
    answer = page.get("/assets/0123456789abcdef/vendor/uplot.js")
    assert answer.headers["content-encoding"] == "gzip"
    plain = page.get("/assets/0123456789abcdef/vendor/uplot.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


def test_vendored_files_are_what_their_list_says() -> None:
    vendor = DIRECTORY / "vendor"
    listed = json.loads((vendor / "vendor.json").read_text())
    for each in listed:
        assert hashlib.sha256((vendor / each["file"]).read_bytes()).hexdigest() == each["sha256"], each[
            "file"
        ]
        assert (vendor / each["licenceFile"]).read_text().strip()
    there = {path.name for path in vendor.iterdir() if path.suffix in (".js", ".css")}
    assert there == {each["file"] for each in listed}


def test_scripts_import_only_what_is_there() -> None:
    known = {"preact", "preact/hooks", "@preact/signals", "@preact/signals-core", "htm", "uplot"}
    for script in (DIRECTORY / "js").rglob("*.js"):
        for target in re.findall(
            r"^(?:import|export)\b[^;]*?from \"([^\"]+)\"", script.read_text(), re.MULTILINE
        ):
            if target.startswith("."):
                assert (script.parent / target).resolve().is_file(), f"{script.name}: {target}"
            else:
                assert target in known, f"{script.name}: {target}"
