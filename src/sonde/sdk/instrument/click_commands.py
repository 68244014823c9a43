"""Click: each command becomes a `command` record when it ends."""

from __future__ import annotations

import importlib

from sonde.sdk.instrument.command_records import recording

# By name: it is under way in the middle of its package's own import.
_recording = recording(importlib.import_module("click.core"))


def switch_on() -> None:
    """Record commands from now on."""
    _recording.on()


def switch_off() -> None:
    """Leave commands alone."""
    _recording.off()
