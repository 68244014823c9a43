"""Sampling: which spans are kept, and how many each kept span stands for."""

from sonde.sdk.sampling.force import force_sample, forced, is_forced
from sonde.sdk.sampling.options import SamplingOptions
from sonde.sdk.sampling.sampler import make_sampler

__all__ = ["SamplingOptions", "force_sample", "forced", "is_forced", "make_sampler"]
