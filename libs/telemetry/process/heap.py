"""What the C library keeps of memory that was freed: left to itself, a process of many threads keeps most of it.

Each thread that allocates while another does gets an arena of its own (eight a CPU), and what one batch leaves there no
other can use. See mallopt(3) and malloc_trim(3); elsewhere than in glibc nothing is done.
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
KEPT_BYTES = 64 * 1024 * 1024
"""So much that was freed at the end of the heap is kept: usual batches reuse it."""
MAPPED_BYTES = 16 * 1024 * 1024
"""What is as large is mapped by itself, so that it grows without being copied and is given back; usual bodies reuse."""


def keep_together() -> None:
    """Have all threads of this process share one arena; before any is started."""
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((_ARENA_MAX, 1), (_TRIM_THRESHOLD, KEPT_BYTES), (_MMAP_THRESHOLD, MAPPED_BYTES)):
            mallopt(option, value)


def give_back() -> None:
    """Give back to the system what is free, 30 ms for 200 MiB: for after something large."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
