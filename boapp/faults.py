"""A fault of the program: the report names where it happened, and never what was keyed.

Frames without their variables and the kind of the exception without its text: either could hold a value.
"""

import time
import traceback
from pathlib import Path
from types import TracebackType

Fault = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

MOST_REPORTS = 50
"""The oldest go: a courier that fails is begun again and again."""


def report_fault(home: Path, fault: Fault) -> Path:
    """Write a report into a BOAPP_HOME and return where it is."""
    folder = home / "reports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(folder.glob("*.txt"))[: -MOST_REPORTS + 1]:
        old.unlink(missing_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.txt"
    kind, _, frames = fault
    lines = traceback.format_list(traceback.extract_tb(frames))
    path.write_text(f"{kind.__name__ if kind else 'unknown'}\n{''.join(lines)}", encoding="utf-8")
    return path
