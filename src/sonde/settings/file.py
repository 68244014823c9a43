"""`sonde.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sonde.errors import SettingError
from sonde.settings.names import sdk_setting_names
from sonde.settings.sdk import SDK

# A table below one of these keys is its value.
_TABLES: Final = frozenset(
    name.key for name in sdk_setting_names() if SDK[name.field].kind in ("headers", "attributes")
)


def find(env: Mapping[str, str], config_file: Path | None = None) -> Path | None:
    """The file: `config_file`, else `$SONDE_CONFIG`, else `./sonde.toml` where it exists."""
    path = config_file or (Path(env["SONDE_CONFIG"]) if env.get("SONDE_CONFIG") else None)
    if path is None and Path("sonde.toml").is_file():
        path = Path("sonde.toml")
    return path


def read(path: Path | None) -> dict[str, Any]:
    """The file as dotted keys; empty without one. Raises SettingError."""
    if path is None:
        return {}
    import tomllib

    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"cannot read settings: no file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot read settings from {path}: {error}") from None
    return dict(_flatten(tree, ""))


def _flatten(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, dict) and dotted not in _TABLES:
            found += _flatten(value, f"{dotted}.")
        else:
            found.append((dotted, value))
    return found
