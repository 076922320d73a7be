"""A command that is killed at a named moment: python -m tests.faults.command MOMENT WORD…."""

import os
import signal
import sys

from boapp import faultpoints
from boapp.cli import main

IN_FOUNDING = ("server:set-up", "founding:stored", "founding:enrolled")
IN_ROSTER = ("roster:signed", "roster:stored")
IN_RESET = ("reset:sent",)
IN_EXPORT = ("file:written", "file:named")
IN_IMPORT = ("carry:queued", "carry:committed")


def end(name: str) -> None:
    """End the process at the moment that was named."""
    if name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    faultpoints.plant(end)
    main(sys.argv[2:])
