"""Keeping a process's memory from being written to a disk: no core dump, and none by a debugger.

What a fault would leave behind holds keys and keyed values. The process is also marked as one that no
other process of the same person may look into, as far as the system offers that.
"""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Switch core dumps off; does what it can and never stops the program."""
    try:
        import resource  # noqa: PLC0415 - only where the system has it
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
