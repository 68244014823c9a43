"""`sonde flush`: make what was accepted queryable now."""

from __future__ import annotations

from sonde.cli.options import DataDirOption, KeyOption, UrlOption, read_settings


def command(url: UrlOption = None, data_dir: DataDirOption = None, api_key: KeyOption = None) -> None:
    """Wait until everything accepted so far can be queried.

    Without it that takes at most two seconds. For tests and scripts.

    Examples:

      sonde flush && sonde query 'service:checkout'
    """
    from sonde.cli.progress import spinner
    from sonde.cli.source import open_source

    with (
        open_source(read_settings(url, data_dir, api_key), server_only="flush") as source,
        spinner("bringing the journal into the store"),
    ):
        source.post("/api/v1/flush")
