"""Figures of Sonde on this machine: `python -m bench` writes `bench/RESULTS.md`. Not a timed test."""
