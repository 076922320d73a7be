"""Keying, first and second: how documents come to the screen and leave it. One page for both passes.

The order at the end of a document: the last field is left; the pass is sealed in the local store, behind
every draft of it on the same lane, while the next document, claimed and decoded already, is shown; what is
sealed is sent; one more is claimed. A pass that could not be sealed comes back as it was, with the words
of the refusal; what was begun meanwhile comes after it. Nothing is lost.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent

from boapp.domain.ids import DocumentId
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Role
from boapp.errors import Refusal
from boapp.localdb.outbox import Backlog
from boapp.services.queue import Assignment
from boapp.sync.light import Way
from boapp.sync.watch import Report
from ui.i18n import tr
from ui.operations import Changes
from ui.pages.keying.commands import Commands
from ui.pages.keying.drafts import Drafts
from ui.pages.keying.editor import Editor
from ui.pages.keying.flow import Begun, Piece, Queue
from ui.pages.keying.following import Following
from ui.pages.keying.images import AFTER_PAINT_MS, Pages
from ui.pages.keying.keys import Command
from ui.pages.keying.overlays import Overlays
from ui.pages.keying.presenter import PassAtHand
from ui.pages.keying.screen import Screen
from ui.pages.keying.sending import Sending
from ui.pages.keying.status import Status
from ui.pages.keying.telling import Telling
from ui.pages.keying.words import Empty, blind_words, nothing_left
from ui.pictures import Sheet
from ui.session import Session
from ui.shell.bars import Work
from ui.shell.page import Page
from ui.widgets.entry_box import empty_clipboard, types
from ui.widgets.parts import column

Result = TypeVar("Result")


class KeyingPage(Page):
    """One document after the other."""

    def __init__(self, session: Session, work: Work) -> None:
        super().__init__(session, work.words)
        self._second = work is Work.SECOND
        self.view = Screen(work, session.code, _role_words(session), session.operations.draw)
        self.setLayout(column(self.view))
        self._queue = Queue(session.near, self._second, session.apart)
        self._drafts = Drafts(session, self)
        self._pages = Pages(session, self._sheet_came, self._trouble)
        self._following = Following(self.view, self._pages)
        self.editor = Editor(self.view.dock, self.view.fields, self._drafts, second=self._second)
        self.overlays = Overlays(self.view, self.editor, second=self._second, far=session.apart)
        self._status = Status(self.view.frame.status, session)
        self._telling = Telling(self.view.frame.banner, self._status)
        self._sending = Sending(session, self._queue, self._run, self._status, self._telling)
        self._commands = Commands(self.editor, self._page_commands())
        self._piece: Piece | None = None
        self._next: Piece | None = None
        self._looking = self._sealing = self._gone = self._quiet = False
        self._passed_over: set[DocumentId] = set()
        self._previous: tuple[bytes, dict[Address, Value]] = (b"", {})
        self._held = ""
        self._connect()
        empty_clipboard(of_anybody=self._second)

    def _connect(self) -> None:
        view, status, clock = self.view, self._status, time.monotonic
        self.setFocusProxy(view.dock.box)
        view.dock.box.hook(self._key)
        self.editor.moved.connect(lambda: self._following.follow(self.editor.work.slot))
        self.editor.typed.connect(lambda: status.key(clock()))
        self._drafts.saved.connect(lambda: status.saved(clock()))
        self._drafts.failed.connect(self._trouble)
        self.overlays.opened.connect(status.pause)
        view.empty.home.connect(self._home)
        view.empty.again.connect(self.again)
        self.session.post.reported.connect(self._heard)
        self._telling.way(self.session.post.light)

    def _page_commands(self) -> dict[Command, Callable[[], None]]:
        overlays, following = self.overlays, self._following
        return {
            Command.LOOK_UP: overlays.look_up,
            Command.NOTE: overlays.note,
            Command.PROBLEM: lambda: overlays.problem(self._hand_back),
            Command.FINISH: self.finish,
            Command.LEAVE: self._home,
            Command.PAUSE: self._pause,
            Command.HELP: overlays.help,
            Command.PAD: lambda: overlays.pad(self._commands.do),
            Command.SPEED: self._status.show_speed,
            Command.WIDER: lambda: self.view.widen(1),
            Command.NARROWER: lambda: self.view.widen(-1),
            Command.ZONE: self.view.canvas.zone_or_page,
            Command.PAGE_BEFORE: lambda: following.page_by(-1),
            Command.PAGE_AFTER: lambda: following.page_by(1),
        }

    @property
    def piece(self) -> Piece | None:
        """Return the document that is keyed."""
        return self._piece

    @property
    def ahead(self) -> Piece | None:
        """Return the document that comes next, once it is claimed."""
        return self._next

    @property
    def at_rest(self) -> bool:
        """Say whether nothing is left to key; at a server, whether it has said so since the last document."""
        return self._piece is None and not self._looking and (self._quiet or not self.session.apart)

    def _home(self) -> None:
        self.go.emit("home")

    # --- coming and going ---------------------------------------------------------------------

    @property
    def document_name(self) -> str:
        """Return the file name of the document that is being keyed, or nothing."""
        return self._piece.assignment.description.name if self._piece else ""

    @property
    def asked_keys(self) -> tuple[str, ...]:
        """Return the keys of the fields that are asked in it, in order."""
        work = self._piece.assignment if self._piece else None
        return tuple(field.key for field in work.form.asked(work.asked)) if work else ()

    def enter(self) -> None:
        """Look for work, unless a document is open or is being looked for."""
        if self._piece is None and not self._looking and not self._gone:
            self.session.post.work_on(second=self._second)
            self._looking = True
            self._run(self._queue.begin, self._begin, self._none)

    def leave(self) -> bool:
        """Put the document away: the field as it stands and the cursor in it are kept."""
        if self._gone:
            return True
        if self._piece is not None:
            self._drafts.now()
        self._sending.go()
        self._give_back_ahead()
        self._gone = True
        self.session.post.reported.disconnect(self._heard)
        self.session.post.work_on(second=None)
        self._forget()
        empty_clipboard(of_anybody=self._second)
        return True

    def _give_back_ahead(self) -> None:
        """Let others have the document that was only looked ahead at."""
        ahead, self._next = self._next, None
        if ahead is not None and not ahead.entries and ahead.cursor is None:
            queue, work = self._queue, ahead.assignment
            self.session.operations.run(lambda: queue.put_aside(work), near=self.session.apart)

    def _forget(self) -> None:
        self._drafts.begin(None)
        self._following.begin(None)
        self._piece, self._previous, self._held = None, (b"", {}), ""
        self.overlays.close_any()
        self.editor.end()
        self.view.forget()
        self._pages.clear()

    def _run(
        self,
        verb: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Refusal], None],
        changes: Changes = Changes.NOTHING,
    ) -> None:
        """Run a verb; nothing arrives after the page was left."""
        session = self.session
        session.operations.run(verb, self._here(done), self._here(failed), changes, near=session.apart)

    def _here(self, done: Callable[[Result], None]) -> Callable[[Result], None]:
        def arrive(result: Result) -> None:
            if not self._gone:
                done(result)

        return arrive

    def _begin(self, begun: Begun) -> None:
        self._looking = False
        self._show_first(begun.pieces)
        self._telling.lost(begun.lost)

    def _show_first(self, pieces: list[Piece]) -> None:
        if self._piece is not None:
            return  # one that could not be sealed is back; what was claimed now is found after it
        if not pieces:
            self._nothing_left()
            return
        self._next = pieces[1] if len(pieces) > 1 else None
        self._open(pieces[0])

    def _none(self, refusal: Refusal) -> None:
        self._looking = False
        self.view.show_empty(Empty("info", refusal.title, refusal.advice))

    def _nothing_left(self) -> None:
        self._held = ""
        self.view.show_empty(nothing_left(self.session.post.light, handed_back=bool(self._passed_over)))

    # --- one document -------------------------------------------------------------------------

    def _open(self, piece: Piece) -> None:
        self._piece, work, self._quiet = piece, piece.assignment, False
        self._say_place(piece)
        self.view.show_work()
        self._following.begin(work)
        self._drafts.begin(work, self.editor.unfinished)
        at_hand = PassAtHand(work.form, work.asked, piece.entries)
        self.editor.begin(at_hand, piece.cursor, self._last_value)
        self._type_held()
        QTimer.singleShot(AFTER_PAINT_MS, self._behind_the_paint)

    def _behind_the_paint(self) -> None:
        """Send what was sealed and claim the next document: only when this one is on the screen."""
        if self._gone:
            return
        self._sending.go()
        if self._piece is not None:
            self._look_ahead()

    def _say_place(self, piece: Piece) -> None:
        place, index = piece.place, piece.assignment.description.index
        self.view.frame.mode_bar.say((place.project, place.batch, tr("Document {n}", n=place.number)))
        self._status.document(place.number, place.total)
        self.view.say_index(" · ".join(f"{name}: {words}" for name, words in index.items() if words))
        self.view.say_blind(blind_words(strict=piece.strict, at_server=self.session.apart))

    def _type_held(self) -> None:
        held, self._held = self._held, ""
        if held:
            self.editor.insert(held)

    def _last_value(self, address: Address) -> Value | None:
        form, values = self._previous
        if self._piece is None or form != self._piece.assignment.form.digest:
            return None
        return values.get(address)

    def _look_ahead(self) -> None:
        """Claim the next document and decode its first page while this one is keyed."""
        if self._next is not None:
            self._found_ahead(self._next)
            return
        queue, passed_over = self._queue, frozenset(self._passed_over)
        self._run(lambda: queue.ahead(passed_over), self._found_ahead, self._trouble)

    def _found_ahead(self, piece: Piece | None) -> None:
        self._next = piece
        if piece is not None:
            work = piece.assignment
            at_hand = PassAtHand(work.form, work.asked, piece.entries)
            self._following.prepare(work, at_hand.slot)

    def finish(self) -> None:
        """Finish the document; when something is open in it, go there instead."""
        piece = self._piece
        if piece is None or not self.editor.ready():
            return
        if self._sealing:
            self.editor.say(tr("The document before this one is still being sealed."))
            return
        entries = dict(self.editor.work.entries)
        if not self._second:
            form = piece.assignment.form.digest
            self._previous = (form, {e.address: e.value for e in entries.values()})
        self._sending.add(piece.assignment.project)
        # A page that is still to be fetched goes first: it is decoded while the pass is sealed.
        was_ahead = self._next is not None
        if was_ahead:
            self._go_on()
        self._seal(replace(piece, entries=entries, cursor=None))
        if not was_ahead:
            self._go_on()

    def _seal(self, piece: Piece) -> None:
        self._sealing = True
        queue, entries = self._queue, tuple(piece.entries.values())
        self._run(
            lambda: queue.seal(piece.assignment, entries),
            self._sealed,
            lambda refusal: self._not_sealed(piece, refusal),
        )

    def _sealed(self, backlog: Backlog) -> None:
        self._sealing = False
        self.session.post.count(backlog)
        if self._piece is None:
            self._sending.go()

    def _heard(self, report: Report) -> None:
        """Say how sending stands; look for work where it may have come."""
        if self._gone:
            return
        turned = self._telling.way(report.light)
        asked = self._second in report.kinds  # a round that began before this page was open asked for nothing
        self._quiet = report.light.way is Way.IN_STEP and asked and not report.changed and self._piece is None
        self._queue.lost.update(DocumentId(one.document) for one in report.lost)
        self._telling.reported(report)
        if self._piece is None and (report.changed or turned):
            self.enter()

    def _go_on(self) -> None:
        """Show the next document, or look for one behind whatever is on the lane."""
        piece, self._next, self._piece = self._next, None, None
        self._drafts.begin(None)
        self._telling.nothing()
        if piece is not None:
            self._open(piece)
            return
        self.editor.end()
        self._following.begin(None)
        self.view.canvas.show_sheet(None)
        self._looking = True
        queue, passed_over = self._queue, frozenset(self._passed_over)
        self._run(lambda: queue.begin(passed_over), self._begin, self._none)

    def _hand_back(self) -> None:
        if self._piece is None:
            return
        work, queue = self._piece.assignment, self._queue
        self._passed_over.add(work.claim.document)
        self._drafts.begin(None)
        self._run(lambda: queue.hand_back(work), lambda _none: None, self._trouble, Changes.DOCUMENTS)
        self._go_on()

    # --- what goes wrong ----------------------------------------------------------------------

    def _not_sealed(self, piece: Piece, refusal: Refusal) -> None:
        self._sealing, self._held = False, ""
        if self._piece is not None:
            self._drafts.now()
            entries, cursor = self.editor.as_it_stands()
            self._next = replace(self._piece, entries=entries, cursor=cursor)
        self._open(piece)
        self._trouble(refusal)

    def _trouble(self, refusal: Refusal) -> None:
        if not self._gone:
            self._telling.trouble(refusal)

    def _sheet_came(self, work: Assignment, sheet: Sheet) -> None:
        if not self._gone:
            self._following.arrived(work, sheet)

    # --- keys and sizes -----------------------------------------------------------------------

    def _key(self, event: QKeyEvent) -> bool:
        """Take a key of the box; while the next document is on its way, what is typed is held for it."""
        if self.editor.busy:
            return self._commands.key(event)
        if types(event):
            self._held += event.text()
        return True

    def _pause(self) -> None:
        self._drafts.now()
        self.overlays.rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.fit()
        self.view.say_hints()


def _role_words(session: Session) -> str:
    return tr("Second keyer") if Role.SECOND_KEYER in session.roles() else tr("Operator")


def first_page(session: Session) -> KeyingPage:
    """Make the page of first keying."""
    return KeyingPage(session, Work.FIRST)


def second_page(session: Session) -> KeyingPage:
    """Make the page of second keying."""
    return KeyingPage(session, Work.SECOND)
