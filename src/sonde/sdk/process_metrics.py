"""How the process does: CPU, memory, threads, open files, garbage collection; from the system's own tables.

Names: OpenTelemetry semantic conventions, process and CPython metrics.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation

_STATM: Final = "/proc/self/statm"
_DESCRIPTORS: Final = ("/proc/self/fd", "/dev/fd")
_USER: Final = {"cpu.mode": "user"}
_SYSTEM: Final = {"cpu.mode": "system"}


def measure_process(meter: Meter) -> None:
    """Observe the process that collects: after a fork, the child."""
    cpu = _Cpu()
    meter.create_observable_counter("process.cpu.time", [_cpu_time], "s", "CPU time used")
    meter.create_observable_gauge(
        "process.cpu.utilization", [cpu.utilization], "1", "CPU time used since last time, of one CPU's"
    )
    meter.create_observable_up_down_counter("process.memory.usage", [_memory], "By", "Physical memory in use")
    meter.create_observable_up_down_counter(
        "process.memory.virtual", [_virtual_memory], "By", "Virtual memory in use"
    )
    meter.create_observable_up_down_counter("process.thread.count", [_threads], "{thread}", "Threads")
    meter.create_observable_up_down_counter(
        "process.unix.file_descriptor.count", [_descriptors], "{file_descriptor}", "Open files and sockets"
    )
    meter.create_observable_gauge("process.uptime", [_Uptime().observe], "s", "Time since the process began")
    meter.create_observable_counter(
        "cpython.gc.collections", [_collections], "{collection}", "Runs of the garbage collector"
    )
    meter.create_observable_counter(
        "cpython.gc.collected_objects", [_collected], "{object}", "Objects the garbage collector freed"
    )
    meter.create_observable_counter(
        "cpython.gc.uncollectable_objects", [_uncollectable], "{object}", "Objects it could not free"
    )


def _cpu_time(_options: CallbackOptions) -> Iterable[Observation]:
    times = os.times()
    yield Observation(times.user, _USER)
    yield Observation(times.system, _SYSTEM)


class _Cpu:
    """Remembers what was used up to the last time, by process."""

    def __init__(self) -> None:
        self._last = (os.getpid(), time.monotonic(), 0.0, 0.0)

    def utilization(self, _options: CallbackOptions) -> Iterable[Observation]:
        times, now, pid = os.times(), time.monotonic(), os.getpid()
        last_pid, last, user, system = self._last
        self._last = (pid, now, times.user, times.system)
        if pid == last_pid and now > last:
            yield Observation((times.user - user) / (now - last), _USER)
            yield Observation((times.system - system) / (now - last), _SYSTEM)


class _Uptime:
    def __init__(self) -> None:
        self._began = time.time()
        self._pid = os.getpid()

    def observe(self, _options: CallbackOptions) -> Iterable[Observation]:
        if os.getpid() != self._pid:
            self.__init__()
        yield Observation(time.time() - self._began)


def _memory(_options: CallbackOptions) -> Iterable[Observation]:
    pages = _statm()
    if pages:
        yield Observation(pages[1] * os.sysconf("SC_PAGE_SIZE"))
    elif sys.platform == "darwin":
        import resource

        # The largest so far, in bytes; what is in use now is not to be had without an extension module.
        yield Observation(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _virtual_memory(_options: CallbackOptions) -> Iterable[Observation]:
    pages = _statm()
    if pages:
        yield Observation(pages[0] * os.sysconf("SC_PAGE_SIZE"))


def _statm() -> list[int]:
    """Pages: all, resident, … (proc(5)); empty where there is no such file."""
    try:
        with open(_STATM, encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _threads(_options: CallbackOptions) -> Iterable[Observation]:
    yield Observation(threading.active_count())


def _descriptors(_options: CallbackOptions) -> Iterable[Observation]:
    for directory in _DESCRIPTORS:
        try:
            # One of them is the directory's own.
            yield Observation(len(os.listdir(directory)) - 1)
            return
        except OSError:
            continue


def _collections(_options: CallbackOptions) -> Iterable[Observation]:
    return _by_generation("collections")


def _collected(_options: CallbackOptions) -> Iterable[Observation]:
    return _by_generation("collected")


def _uncollectable(_options: CallbackOptions) -> Iterable[Observation]:
    return _by_generation("uncollectable")


def _by_generation(figure: str) -> Iterable[Observation]:
    stats: list[dict[str, Any]] = gc.get_stats()
    for generation, of_it in enumerate(stats):
        yield Observation(of_it[figure], {"cpython.gc.generation": generation})
