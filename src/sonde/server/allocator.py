"""Memory that was needed for a block goes back to the system, instead of waiting for the next block."""

from __future__ import annotations

import ctypes

import pyarrow as pa

# <malloc.h> of the GNU C library.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8

_LARGE_BYTES = 256 * 1024


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
