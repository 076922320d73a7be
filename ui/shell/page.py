"""What the window asks of a page. A page is made when it is first opened and let go at lock or sign-out."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from boapp.errors import Refusal, Unavailable
from ui.session import Session
from ui.shell.bars import Banner
from ui.way_words import away_words
from ui.widgets.parts import column, row, text


class Page(QWidget):
    """A screen: it reads through a presenter, shows, and says where to go next."""

    go = Signal(str)
    """The name of the page to open next; `home` is always there."""

    def __init__(self, session: Session, spoken_name: str) -> None:
        """Make a page; the window's title and a screen reader say its name first, so it is never a value."""
        super().__init__()
        self.session = session
        self.spoken_name = spoken_name

    def enter(self) -> None:
        """Show the newest state: the page has just been opened, or something changed."""

    def again(self) -> None:
        """Try the server now, and read again."""
        self.session.post.try_now()
        self.enter()

    def leave(self) -> bool:
        """Put the work away; False keeps the page open."""
        return True


class DeskPage(Page):
    """A page beside the navigation: a header with title, words and actions, and a body below."""

    def __init__(self, session: Session, title: str) -> None:
        super().__init__(session, title)
        self.setProperty("role", "window")
        self.words = text("", "small")
        self.banner = Banner()
        self.buttons = row()
        header = QWidget()
        header.setProperty("role", "panel")
        header_row = row(column(text(title, "title"), self.words, spacing=2), None, self.buttons)
        header_row.setContentsMargins(20, 10, 20, 10)
        header.setLayout(header_row)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(16, 12, 16, 12)
        self.body.setSpacing(12)
        whole = column(header, self.banner, spacing=0)
        whole.addLayout(self.body, 1)
        self.setLayout(whole)
        self._away = False
        session.post.turned.connect(self._turned)

    def refused(self, refusal: Refusal) -> None:
        """Say why something was not done; that the server is away is nobody's mistake."""
        self._away = self.session.apart and isinstance(refusal, Unavailable)
        if self._away:
            self.words.setText("")
            self.banner.say(away_words(refusal), "warn")
        else:
            self.banner.say(str(refusal), "err")

    def again(self) -> None:
        self._server_is_back()
        super().again()

    def _turned(self) -> None:
        if not self.session.post.away:
            self._server_is_back()

    def _server_is_back(self) -> None:
        """Take away that the server is away."""
        if self._away:
            self._away = False
            self.banner.say("")
