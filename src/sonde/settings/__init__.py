"""Every setting, once: the command line, the server, the SDK and the reference in the docs read these tables.

A value comes from, in order: a flag or an argument, the environment (`SONDE_*`, for the SDK then
`OTEL_*`), `sonde.toml`, the default. Names are loaded when they are first used: the SDK needs neither the
server's table nor what that is made with.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sonde.settings.names import SettingName as SettingName
    from sonde.settings.names import sdk_setting_names as sdk_setting_names
    from sonde.settings.sdk import SDK as SDK
    from sonde.settings.sdk_sources import load_sdk as load_sdk
    from sonde.settings.server import MIB as MIB
    from sonde.settings.server import Settings as Settings
    from sonde.settings.server_sources import load as load
    from sonde.settings.setting import Setting as Setting
    from sonde.settings.table import all_setting_names as all_setting_names
    from sonde.settings.table import allowed as allowed
    from sonde.settings.table import setting_names as setting_names

_HOMES = {
    "MIB": "server",
    "SDK": "sdk",
    "Setting": "setting",
    "SettingName": "names",
    "Settings": "server",
    "all_setting_names": "table",
    "allowed": "table",
    "load": "server_sources",
    "load_sdk": "sdk_sources",
    "sdk_setting_names": "names",
    "setting_names": "table",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sonde.settings' has no attribute {name!r}")
    return getattr(importlib.import_module(f"sonde.settings.{home}"), name)
