"""A command that is killed at a named moment: python -m tests.faults.command MOMENT WORD….

MOMENT*N is the Nth time that this moment is reached.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable

from boapp import faultpoints
from boapp.cli import main

IN_FOUNDING = ("server:set-up", "founding:stored", "founding:enrolled")
IN_ROSTER = ("roster:signed", "roster:stored")
IN_RESET = ("reset:sent",)
IN_EXPORT = ("file:written", "file:named")
IN_IMPORT = ("carry:queued", "carry:committed")
IN_MOVE = ("move:set-up", "move:copied", "move:stored", "move:marked", "move:enrolled")


def end_at(moment: str) -> Callable[[str], None]:
    """Return what ends the process at a moment."""
    wanted, _, number = moment.partition("*")
    left = itertools.count(int(number or 1) - 1, -1)

    def end(name: str) -> None:
        if name == wanted and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return end


if __name__ == "__main__":
    faultpoints.plant(end_at(sys.argv[1]))
    main(sys.argv[2:])
