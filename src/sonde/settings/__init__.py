"""Every setting, once: the command line, the server, the SDK and the reference in the docs read these tables.

A value comes from, in order: a flag or an argument, the environment (`SONDE_*`, for the SDK then
`OTEL_*`), `sonde.toml`, the default.
"""

from __future__ import annotations

from sonde.settings.sdk import SdkSettings
from sonde.settings.server import MIB, Settings
from sonde.settings.sources import load, load_sdk
from sonde.settings.table import SettingName, all_setting_names, allowed, setting_names

__all__ = [
    "MIB",
    "SdkSettings",
    "SettingName",
    "Settings",
    "all_setting_names",
    "allowed",
    "load",
    "load_sdk",
    "setting_names",
]
