"""The command line with a planted end: python -m tests.plaintext.killed SIGNAL POINT NUMBER WORD…

The process gets the signal when it reaches the fault point that many times. It allows core dumps of any
size first, as somebody's shell might.
"""

import os
import resource
import signal
import sys

from boapp import faultpoints
from boapp.cli import main


def run(name: str, point: str, number: str, *words: str) -> None:
    """Run one command until it ends or is ended."""
    left = int(number)

    def stop(reached: str) -> None:
        nonlocal left
        left -= reached == point
        if not left:
            os.kill(os.getpid(), signal.Signals[name])

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    faultpoints.plant(stop)
    main(words)


if __name__ == "__main__":
    run(*sys.argv[1:])
