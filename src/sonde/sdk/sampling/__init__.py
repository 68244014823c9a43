"""Sampling: which spans are kept, and how many each kept span stands for."""

from sonde.sdk.sampling.environment import sampler_from_environment
from sonde.sdk.sampling.force import force_sample, forced, is_forced
from sonde.sdk.sampling.options import SamplingOptions
from sonde.sdk.sampling.sampler import make_sampler
from sonde.sdk.sampling.tail import TailKeeper, make_keeper

__all__ = [
    "SamplingOptions",
    "TailKeeper",
    "force_sample",
    "forced",
    "is_forced",
    "make_keeper",
    "make_sampler",
    "sampler_from_environment",
]
