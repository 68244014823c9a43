"""The command `sonde`.

With a server running, commands ask it and never import the engine: what a command needs beyond
the terminal is imported inside its function.
"""

from __future__ import annotations

from sonde.cli.loading import loading


def main() -> None:
    """Run the command line; exits with one of the codes of `sonde.cli.exits`."""
    with loading():
        from sonde.cli.app import app

    app(prog_name="sonde")
