"""The floor of the keying page, in a program of its own: 30 bare boxes beside a bare page, nobody's rules.

It wears no style sheet and watches no event, which in the product's process it would. It reads commands,
a line of JSON each, and answers each with the seconds of every single time:
`["keys", n]`: a key is pressed and its box painted;
`["cycle", n, ahead]`: 30 values are read, turned to JSON, encrypted and durably inserted; the boxes are
cleared; the next page (decoded ahead, or read, decrypted and decoded now) is shown; the first box has the
focus; both are painted.
"""

import io
import json
import os
import sqlite3
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPaintEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

FIELDS, LETTERS = 30, 12


class Page(QLabel):
    """Notes that it was painted."""

    painted = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        self.painted = True


class Box(QLineEdit):
    """Notes that it was painted."""

    painted = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        self.painted = True


class Form(QWidget):
    """The boxes, the page and the bare store."""

    def __init__(self, picture: bytes, width: int, height: int, folder: Path) -> None:
        super().__init__()
        self.page, self.boxes = Page(), [Box() for _ in range(FIELDS)]
        self.view = QScrollArea()
        self.view.setFixedSize(width, height)
        self.view.setWidget(self.page)
        column, whole = QVBoxLayout(), QHBoxLayout(self)
        for box in self.boxes:
            column.addWidget(box)
        whole.addWidget(self.view)
        whole.addLayout(column)
        self.cipher, self.file = AESGCM(os.urandom(32)), folder / "page"
        self.file.write_bytes(self.cipher.encrypt(bytes(12), picture, None))
        self.ahead = self.decoded()
        self.store = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for words in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (data BLOB)"):
            self.store.execute(words)

    def decoded(self) -> QImage:
        """Read, decrypt and decode the page at the size at which it is shown."""
        picture = self.cipher.decrypt(bytes(12), self.file.read_bytes(), None)
        image = Image.open(io.BytesIO(picture))
        width = self.view.width()
        size = (width, round(image.height * width / image.width))
        image.draft(image.mode, size)
        grey = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        kind = QImage.Format.Format_Grayscale8
        return QImage(grey.tobytes(), grey.width, grey.height, grey.width, kind).copy()

    def keys(self, count: int) -> list[float]:
        """Type into the first box."""
        taken, box = [], self.boxes[0]
        box.setFocus()
        for number in range(count):
            if number % LETTERS == 0:
                box.clear()
                QApplication.processEvents()
            box.painted = False
            start = time.perf_counter()
            QTest.keyPress(box, Qt.Key.Key_X)
            while not box.painted:
                QApplication.processEvents()
            taken.append(time.perf_counter() - start)
            QTest.keyRelease(box, Qt.Key.Key_X)
        return taken

    def cycle(self, count: int, *, ahead: bool) -> list[float]:
        """Save and go to the next document."""
        return [self.one_cycle(ahead=ahead) for _ in range(count)]

    def one_cycle(self, *, ahead: bool) -> float:
        for number, box in enumerate(self.boxes):
            box.setText(f"value {number}")
        first, page = self.boxes[0], self.page
        self.boxes[-1].setFocus()
        self.view.verticalScrollBar().setValue(10_000)
        QApplication.processEvents()
        start = time.perf_counter()
        words = json.dumps({f"field_{n:02}": box.text() for n, box in enumerate(self.boxes)})
        sealed = self.cipher.encrypt(os.urandom(12), words.encode(), None)
        self.store.execute("INSERT INTO t VALUES (?)", (sealed,))
        for box in self.boxes:
            box.clear()
        page.setPixmap(QPixmap.fromImage(self.ahead if ahead else self.decoded()))
        page.adjustSize()
        self.view.verticalScrollBar().setValue(0)
        first.setFocus()
        first.painted = page.painted = False
        while not (first.painted and page.painted):
            QApplication.processEvents()
        return time.perf_counter() - start


def main() -> None:
    """Show the form and do what is asked."""
    picture, folder, width, height = sys.argv[1:]
    app = QApplication([])
    form = Form(Path(picture).read_bytes(), int(width), int(height), Path(folder))
    form.resize(1440, 900)
    form.show()
    form.activateWindow()
    while not form.isActiveWindow():
        app.processEvents()
    for line in sys.stdin:
        what, count, *ahead = json.loads(line)
        taken = form.keys(count) if what == "keys" else form.cycle(count, ahead=ahead[0])
        print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    main()
