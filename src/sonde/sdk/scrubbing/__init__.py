"""Scrubbing: secrets are taken out of telemetry before it leaves the process."""

from sonde.sdk.scrubbing.scrubber import Scrubber, ScrubOptions

__all__ = ["ScrubOptions", "Scrubber"]
