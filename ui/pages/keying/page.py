"""Keying, first and second: the page image left, dock and field list right. One screen for both passes.

This widget builds, connects and shows. What is keyed and what is open is the presenter's (`PassAtHand`);
what keys do is `keys` and `typing`; how work comes and goes is `flow`; what is durable is `drafts`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from boapp.domain.values import Address, State, Value
from boapp.errors import Refusal
from boapp.localdb.store import Cursor
from boapp.services.queue import Assignment
from ui.i18n import tr
from ui.operations import Changes
from ui.pages.keying.commands import Commands
from ui.pages.keying.dock import Dock
from ui.pages.keying.drafts import Drafts
from ui.pages.keying.empty import EmptyState
from ui.pages.keying.flow import Piece, Queue
from ui.pages.keying.images import Pages
from ui.pages.keying.keys import help_groups
from ui.pages.keying.pace import Pace
from ui.pages.keying.presenter import PassAtHand, value_of
from ui.pages.keying.words import (
    asked_heading,
    blind_words,
    line_of,
    message_of,
    row,
    rows,
    state_words,
)
from ui.pictures import Sheet
from ui.session import Session
from ui.shell.bars import Hint, Work, WorkFrame
from ui.shell.page import Page
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.entry_box import empty_clipboard
from ui.widgets.field_list import FieldList
from ui.widgets.image_tools import ImageTools
from ui.widgets.message_line import Message
from ui.widgets.minimap import Minimap

Result = TypeVar("Result")
TICK_MS = 5_000
PANE, PANE_NARROW, PANE_LEAST, PANE_STEP = 600, 520, 440, 40
