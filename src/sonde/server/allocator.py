"""Memory that was needed for a moment goes back to the system, instead of waiting for the next need."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pyarrow as pa

# <malloc.h> of the GNU C library.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8

_LARGE_BYTES = 256 * 1024

# <sys/mman.h> of Linux.
_MADV_DONTNEED = 4

_SMAPS = Path("/proc/self/smaps")
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)")


def return_large_blocks() -> None:
    """Have Arrow allocate from the C library, and that map large allocations one by one.

    A block of 50 000 spans takes some 100 MiB for a moment. Left to themselves glibc keeps freed memory in
    an arena a thread and Arrow in a pool: 804 MiB at the peak of a load against 727 to 751. Where the C
    library is not glibc, it is left alone.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
    mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    mallopt(_M_TRIM_THRESHOLD, 4 * _LARGE_BYTES)


def forget_pages_of_the_start() -> None:
    """Unmap pages of shared libraries that were read while loading; what is needed comes back by itself.

    The engine's library alone holds some 150 MiB of pages that only its start has touched. They stay in the
    system's page cache, so that one that is needed again costs a minor fault. Only mappings of which this
    process has no page of its own are touched (proc(5), "Anonymous"). Nothing happens where there is no
    /proc/self/smaps.
    """
    try:
        mappings = _SMAPS.read_text()
        madvise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, length in _clean_library_mappings(mappings):
        madvise(start, length, _MADV_DONTNEED)


def _clean_library_mappings(smaps: str) -> list[tuple[int, int]]:
    """Address and length of read-only mappings of libraries that are as they are in the file."""
    found: list[tuple[int, int]] = []
    candidate: tuple[int, int] | None = None
    for line in smaps.splitlines():
        mapping = _MAPPING.fullmatch(line)
        if mapping:
            start, end = int(mapping[1], 16), int(mapping[2], 16)
            is_library = ".so" in mapping[4] and "w" not in mapping[3]
            candidate = (start, end - start) if is_library else None
        elif candidate and line.startswith("Anonymous:"):
            if line.split()[1] == "0":
                found.append(candidate)
            candidate = None
    return found
