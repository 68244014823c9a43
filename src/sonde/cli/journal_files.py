"""The journal seen from outside: files that wait, files set aside. For when no server can be asked."""

from __future__ import annotations

from pathlib import Path

from sonde.settings import Settings

_WAITING = (".open", ".closed")


def waiting(settings: Settings) -> tuple[int, int]:
    """Segments that have yet to reach the store, and their bytes."""
    files = [path for path in _files(settings.data_dir / "journal") if path.suffix in _WAITING]
    sizes = [_size(path) for path in files]
    return len(files), sum(sizes)


def set_aside(settings: Settings) -> list[Path]:
    """Files of records that could not be read or stored, without the reports beside them."""
    files = _files(settings.data_dir / "journal" / "aside")
    return [path for path in files if path.suffix not in (".json", ".tmp")]


def _files(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if path.is_file())
    except OSError:
        return []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a server just finished with it
        return 0
