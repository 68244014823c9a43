"""Typer: each command becomes a `command` record when it ends.

Typer has a copy of Click in itself since 0.26; before that it used Click as any program does, and its
commands are recorded as Click's.
"""

from __future__ import annotations

import importlib

from sonde.sdk.instrument.command_records import recording

_recording = recording(importlib.import_module("typer._click.core"))


def switch_on() -> None:
    """Record commands from now on."""
    _recording.on()


def switch_off() -> None:
    """Leave commands alone."""
    _recording.off()
