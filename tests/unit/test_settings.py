from __future__ import annotations

from pathlib import Path

import pytest

from sonde import settings
from sonde.errors import SettingError
from sonde.settings import Settings, load, setting_names


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in setting_names():
        monkeypatch.delenv(name.env, raising=False)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "sonde.toml"
    config.write_text("http_port = 1\n")
    assert load({}, {}).http_port == 1
    assert load({}, {"SONDE_HTTP_PORT": "2"}).http_port == 2
    assert load({"http_port": "3"}, {"SONDE_HTTP_PORT": "2"}).http_port == 3


def test_a_flag_that_was_not_given_changes_nothing() -> None:
    assert load({"http_port": None}, {}).http_port == 4318


def test_an_empty_environment_variable_counts_as_not_set() -> None:
    assert load({}, {"SONDE_HTTP_PORT": ""}).http_port == 4318


def test_dotted_keys_are_read_from_tables_of_the_file(tmp_path: Path) -> None:
    config = tmp_path / "other.toml"
    config.write_text('[query]\ndefault_limit = 7\n[receive]\ncors_origins = ["https://a.example"]\n')
    read = load({}, {}, config)
    assert read.query_default_limit == 7
    assert read.cors_origins == ("https://a.example",)


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    config = tmp_path / "named.toml"
    config.write_text('host = "::1"\n')
    assert load({}, {"SONDE_CONFIG": str(config)}).host == "::1"


def test_a_list_is_separated_by_commas_in_the_environment() -> None:
    read = load({}, {"SONDE_CORS_ORIGINS": "https://a.example, https://b.example"})
    assert read.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("flags", "env", "file", "parts"),
    [
        (
            {"http_port": "70000"},
            {},
            "",
            ["http_port", "'70000'", "integer from 0 to 65535", "flag --http-port"],
        ),
        ({}, {"SONDE_LOG_LEVEL": "loud"}, "", ["log_level", "'loud'", "debug or info", "SONDE_LOG_LEVEL"]),
        (
            {},
            {},
            "[query]\ntimeout_s = -1\n",
            ["query_timeout_s", "-1", "above 0", "query.timeout_s", "sonde.toml"],
        ),
        ({"store": "postgres://x"}, {}, "", ["store", "postgres://x", "chdb:///path", "flag --store"]),
        ({"url": "localhost:4318"}, {}, "", ["url", "localhost:4318", "http://", "flag --url"]),
        ({"store_database": "a-b"}, {}, "", ["store_database", "a-b", "matches"]),
        ({}, {}, "http_port = [1]\n", ["http_port", "[1]", "integer", "key http_port"]),
    ],
)
def test_a_wrong_value_names_setting_value_allowed_and_origin(
    tmp_path: Path, flags: dict[str, str], env: dict[str, str], file: str, parts: list[str]
) -> None:
    (tmp_path / "sonde.toml").write_text(file)
    with pytest.raises(SettingError) as caught:
        load(flags, env)
    for part in parts:
        assert part in caught.value.message
    assert caught.value.hint


def test_a_default_limit_above_the_largest_limit_is_refused() -> None:
    with pytest.raises(SettingError, match=r"query_max_limit.*100.*10.*SONDE_QUERY_MAX_LIMIT"):
        load({}, {"SONDE_QUERY_MAX_LIMIT": "10"})


def test_a_password_in_a_wrong_dsn_is_not_shown() -> None:
    with pytest.raises(SettingError) as caught:
        load({"store": "mysql://me:hunter2@host/db"}, {})
    assert "hunter2" not in caught.value.message
    assert "me:***@host" in caught.value.message


def test_an_unknown_key_in_the_file_suggests_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "sonde.toml").write_text("http_prot = 1\n")
    with pytest.raises(SettingError, match=r"unknown setting 'http_prot' in sonde\.toml") as caught:
        load({}, {})
    assert caught.value.hint == "did you mean 'http_port'?"


@pytest.mark.parametrize("text", ["http_port = ", "\xff"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    config = tmp_path / "broken.toml"
    config.write_text(text, encoding="latin-1")
    with pytest.raises(SettingError, match=r"cannot read settings from .*broken\.toml"):
        load({}, {}, config)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no file .*absent\.toml"):
        load({}, {"SONDE_CONFIG": str(tmp_path / "absent.toml")})


def test_the_store_is_below_the_data_directory_unless_told_otherwise(tmp_path: Path) -> None:
    assert load({"data_dir": str(tmp_path)}, {}).store_dsn == f"chdb://{tmp_path}/store"
    assert load({"store": "clickhouse://h/db"}, {}).store_dsn == "clickhouse://h/db"


@pytest.mark.parametrize(
    "template",
    [
        "vscode://file/{path}:{line}",
        "https://github.com/o/r/blob/main/{path}#L{line}",
        "https://github.com/o/r/blob/main/{path:/srv/r}#L{line}",
        "jetbrains://idea/navigate/reference?project=x&path={path}:{line}",
        "file:///{path}",
        "",
    ],
)
def test_a_template_of_code_addresses_is_taken(template: str) -> None:
    assert load({}, {"SONDE_UI_CODE_URL": template}).ui_code_url == template


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("javascript:alert('{path}')", "the scheme javascript: is not allowed"),
        ("JavaScript:alert('{path}')", "the scheme JavaScript: is not allowed"),
        ("java\tscript:alert('{path}')", r"'\t' is in it"),
        (" vscode://{path}", "' ' is in it"),
        ("data:text/html,{path}", "the scheme data: is not allowed"),
        ("/code/{path}", "it begins with no scheme"),
        ("{path}", "it begins with no scheme"),
        ("https://x/{file}:{line}", "there is no variable {file}"),
        ("https://x/{path:}", "{path:} names no folder"),
        ("https://x/{path}{}", "there is no variable {}"),
        ("https://x/{path.__class__}", "there is no variable {path.__class__}"),
        ("https://x/{path}}", "a } is left over"),
        ("https://x/{line}", "the variable {path} is missing"),
    ],
)
def test_a_template_that_no_link_can_be_made_of_is_refused_and_told_why(template: str, problem: str) -> None:
    with pytest.raises(SettingError, match="setting ui_code_url: allowed is an address") as caught:
        load({"ui_code_url": template}, {})
    assert problem in caught.value.hint


def test_where_a_setting_was_set_is_known(tmp_path: Path) -> None:
    (tmp_path / "sonde.toml").write_text("[query]\nmax_limit = 500\n")
    read = load({"host": "::1"}, {"SONDE_HTTP_PORT": "1"})
    assert [read.source(field) for field in ("host", "http_port", "query_max_limit", "grpc_port")] == [
        "flag --host",
        "environment variable SONDE_HTTP_PORT",
        "sonde.toml, key query.max_limit",
        "default",
    ]
    assert Settings.model_validate({"host": "::1"}).source("host") == "argument"


def test_given_fields_are_known_as_given() -> None:
    assert load({"data_dir": "/x"}, {}).model_fields_set == {"data_dir"}


def test_names_do_not_collide() -> None:
    names = setting_names()
    for attribute in ("flag", "env", "key"):
        assert len({getattr(name, attribute) for name in names}) == len(names)


def test_every_setting_has_help_and_says_what_it_accepts() -> None:
    for field, info in Settings.model_fields.items():
        assert info.description, field
        assert settings.allowed(field), field


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, ""),
        (
            {"provider": "trigger.dev", "org": "acme", "project": "billing-x"},
            "https://cloud.trigger.dev/orgs/acme/projects/billing-x/env/prod/runs/run%2F1",
        ),
        (
            {
                "provider": "trigger.dev",
                "org": "a b",
                "project": "p",
                "env": "dev",
                "base_url": "https://t.example/",
            },
            "https://t.example/orgs/a%20b/projects/p/env/dev/runs/run%2F1",
        ),
        (
            {"provider": "temporal", "project": "default"},
            "https://cloud.temporal.io/namespaces/default/workflows/run%2F1",
        ),
        (
            {"provider": "airflow", "project": "billing", "base_url": "http://127.0.0.1:8080"},
            "http://127.0.0.1:8080/dags/billing/runs/run%2F1",
        ),
        (
            {"provider": "prefect", "org": "o", "project": "w"},
            "https://app.prefect.cloud/account/o/workspace/w/runs/flow-run/run%2F1",
        ),
        ({"provider": "prefect", "base_url": "http://p:4200"}, "http://p:4200/runs/flow-run/run%2F1"),
        ({"provider": "dagster", "org": "acme"}, "https://acme.dagster.cloud/prod/runs/run%2F1"),
        ({"provider": "flower", "base_url": "http://f:5555"}, "http://f:5555/task/run%2F1"),
        (
            {"url_template": "https://jobs.example.com/{project}?run={run_id}", "project": "x"},
            "https://jobs.example.com/x?run=run%2F1",
        ),
        (
            {"url_template": "{base_url}/r/{run_id}", "base_url": "https://j.example"},
            "https://j.example/r/run%2F1",
        ),
    ],
)
def test_the_page_of_a_run_is_where_its_job_system_has_it(given: dict[str, str], address: str) -> None:
    env = {f"SONDE_LINKS_{name.upper()}": value for name, value in given.items()}
    assert load({}, env).run_pages.url("run/1") == address
    values, errors = settings.load_sdk({}, env)
    assert not errors
    assert {name: values.get(f"links_{name}", "") for name in given} == given


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"provider": "trigger.dev"},
            "links.org and links.project are missing: the pages of trigger.dev need them",
        ),
        ({"provider": "trigger.dev", "org": "acme"}, "links.project is missing"),
        ({"provider": "trigger.dev", "project": "p"}, "links.org is missing"),
        (
            {"provider": "airflow", "project": "d"},
            "links.base_url is missing: the address of your airflow server",
        ),
        ({"provider": "flower"}, "links.base_url is missing"),
        ({"provider": "dagster"}, "links.org is missing"),
        (
            {"url_template": "https://x/{env}/{run_id}"},
            "links.env is missing: the template links.url_template needs it",
        ),
    ],
)
def test_pages_of_runs_that_lack_something_are_refused_by_its_name(
    given: dict[str, str], problem: str
) -> None:
    env = {f"SONDE_LINKS_{name.upper()}": value for name, value in given.items()}
    with pytest.raises(SettingError, match=problem):
        load({}, env)
    values, errors = settings.load_sdk({}, env)
    assert [problem in error.message for error in errors] == [True]
    assert not {"links_provider", "links_url_template"} & values.keys()


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("javascript:alert('{run_id}')", "does not start with http"),
        ("https://x/runs", "the variable {run_id} is missing"),
        ("https://x/{job}/{run_id}", "there is no variable {job}"),
        ("https://x/{run_id}}", "a } is left over"),
        ("https://x/ {run_id}", "' ' is in it"),
        ("https://{run_id}.evil/{run_id}", "its host may hold no variable but {org}"),
    ],
)
def test_a_template_that_leads_to_no_run_is_refused_and_told_why(template: str, problem: str) -> None:
    with pytest.raises(SettingError, match="setting links_url_template") as caught:
        load({"links_url_template": template}, {})
    assert problem in caught.value.hint
