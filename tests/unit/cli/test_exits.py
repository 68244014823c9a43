from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from sonde import errors
from sonde.cli.exits import ExitCode, exit_code, show_error
from sonde.cli.source import refusal


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SettingError("x"), ExitCode.USAGE),
        (errors.BadRequest("x"), ExitCode.USAGE),
        (errors.NotFound("x"), ExitCode.NOTHING),
        (errors.ServerUnreachable("x"), ExitCode.UNREACHABLE),
        (errors.StoreLocked("x"), ExitCode.UNREACHABLE),
        (errors.SchemaTooNew("x"), ExitCode.UNREACHABLE),
        (errors.StoreError("x"), ExitCode.REFUSED),
        (errors.QueryTimeout("x"), ExitCode.REFUSED),
        (errors.ServerRefused("x", answer="search_syntax", status=400), ExitCode.USAGE),
        (errors.ServerRefused("x", answer="not_found", status=404), ExitCode.NOTHING),
        (errors.ServerRefused("x", answer="forbidden", status=403), ExitCode.REFUSED),
        (errors.ServerRefused("x", answer="query_timeout", status=504), ExitCode.REFUSED),
        (errors.ServerRefused("x", answer="store_unavailable", status=503), ExitCode.UNREACHABLE),
    ],
)
def test_an_error_has_the_exit_code_that_scripts_expect(error: errors.SondeError, code: ExitCode) -> None:
    assert exit_code(error) is code


def shown(error: errors.SondeError) -> str:
    file = StringIO()
    show_error(error, Console(file=file, width=200))
    return file.getvalue()


def test_a_search_that_does_not_parse_has_a_caret_under_the_place() -> None:
    error = refusal(
        400, '{"error": {"code": "search_syntax", "message": "no", "hint": "close it", "position": 4}}'
    )
    error.search = "東京 (x"
    assert shown(error).splitlines() == ["error: no", "  東京 (x", "        ^", "hint: close it"]


def test_control_characters_of_a_message_are_not_obeyed() -> None:
    assert "\x1b" not in shown(errors.NotFound("no trace \x1b[31m", hint="\x1b]0;x\x07"))


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"error": "no"}', "null"])
def test_an_answer_that_is_none_of_sondes_is_an_error_too(body: str) -> None:
    error = refusal(502, body)
    assert "502" in error.message
    assert "Sonde" in error.hint
