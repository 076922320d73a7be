"""A fault of the program: the report names where it happened, and never what was keyed.

Frames without their variables and the kind of the exception without its text: either could hold a value.
"""

import time
import traceback
from pathlib import Path
from types import TracebackType

Fault = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


def report_fault(fault: Fault) -> Path:
    """Write a report into BOAPP_HOME and return where it is."""
    from boapp.enrolment import default_home

    folder = default_home() / "reports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.txt"
    kind, _, frames = fault
    lines = traceback.format_list(traceback.extract_tb(frames))
    path.write_text(f"{kind.__name__ if kind else 'unknown'}\n{''.join(lines)}", encoding="utf-8")
    return path
