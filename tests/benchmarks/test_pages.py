"""What it costs to show a page beside the bare path: performance.md sections A and B.

The floor of a page is Pillow's scaled decode, one QImage and one paint of a bare widget; that of going
to the next field is Tab in a bare form of 30 boxes beside Qt's own scroll area holding the scaled page.
"""

import io
import os
import random
from collections.abc import Callable

from PIL import Image, ImageDraw
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.fields import Zone
from tests.benchmarks.ratios import Ratio, best_of, compare_ways
from ui.pictures import decode, glance
from ui.shell.bars import Work
from ui.widgets.document_canvas import MARGIN, DocumentCanvas

ROUNDS = 9 if os.environ.get("BOAPP_FULL") else 5
A4 = (2480, 3508)
WIDTH, HEIGHT = 1100, 960


def scan(kind: str, mode: str = "L") -> bytes:
    """Draw a page of print with the noise of a scanner."""
    chance = random.Random(3)
    page = Image.new("L", A4, 245)
    draw = ImageDraw.Draw(page)
    for y in range(150, 3350, 48):
        for x in range(150, chance.randrange(900, 2300), 26):
            draw.rectangle((x, y, x + chance.randrange(4, 20), y + 26), fill=chance.randrange(20, 90))
    noisy = Image.blend(page, Image.effect_noise(A4, 40), 0.12).convert(mode)
    written = io.BytesIO()
    noisy.save(written, kind, **({"quality": 85} if kind == "JPEG" else {"compress_level": 1}))
    return written.getvalue()


class Bare(QWidget):
    """Paints a pixmap, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.pixmap = QPixmap()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), 0xFFC9CFD6)
        painter.drawPixmap(MARGIN, 0, self.pixmap)


def bare_page(widget: Bare, picture: bytes) -> None:
    image = Image.open(io.BytesIO(picture))
    size = (WIDTH, round(image.height * WIDTH / image.width))
    image.draft(image.mode, size)
    scaled = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    grey = scaled.mode == "L"
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    stride = scaled.width * (1 if grey else 3)
    made = QImage(scaled.tobytes(), scaled.width, scaled.height, stride, kind)
    widget.pixmap = QPixmap.fromImage(made)
    widget.repaint()


def pair(qtbot: QtBot) -> tuple[DocumentCanvas, Bare]:
    canvas, bare = DocumentCanvas(), Bare()
    for widget in (canvas, bare):
        qtbot.addWidget(widget)
        widget.resize(QSize(WIDTH + 2 * MARGIN, HEIGHT))
        with qtbot.waitExposed(widget):
            widget.show()
    return canvas, bare


class Form(QWidget):
    """Thirty boxes beside a page."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        page.setFixedSize(WIDTH + 2 * MARGIN, HEIGHT)
        boxes, layout = QVBoxLayout(), QHBoxLayout(self)
        self.boxes = [QLineEdit() for _ in range(30)]
        for box in self.boxes:
            boxes.addWidget(box)
        layout.addWidget(page)
        layout.addLayout(boxes)
        self.now = 0

    def step(self, follow: Callable[[int], None]) -> None:
        """Go to another box, let the page follow, and paint both."""
        self.now = (self.now + 7) % 30
        self.boxes[self.now].setFocus()
        follow(self.now)
        QApplication.processEvents()


def zone(number: int) -> Zone:
    return Zone(page=1, x=0.5, y=0.05 + 0.029 * number, w=0.2, h=0.02)


def measured_page(qtbot: QtBot, kind: str, mode: str) -> Ratio:
    canvas, bare = pair(qtbot)
    picture = scan(kind, mode)
    canvas.show_zone(zone(9), "9", Work.FIRST)

    def product() -> None:
        canvas.show_sheet(glance(picture, 1, canvas.wanted_width))
        canvas.repaint()

    return best_of(3, 1.2, lambda: compare_ways(product, lambda: bare_page(bare, picture), ROUNDS, 5))


def test_a_grey_jpeg_that_was_not_decoded_ahead_is_shown_at_the_cost_of_the_bare_path(qtbot: QtBot) -> None:
    ratio = measured_page(qtbot, "JPEG", "L")
    print(f"page shown, grey JPEG / bare: {ratio}")
    assert ratio.meets(1.2)


def test_a_coloured_jpeg_that_was_not_decoded_ahead_is_shown_at_the_cost_of_the_bare_path(
    qtbot: QtBot,
) -> None:
    ratio = measured_page(qtbot, "JPEG", "RGB")
    print(f"page shown, colour JPEG / bare: {ratio}")
    assert ratio.meets(1.2)


def test_a_png_that_was_not_decoded_ahead_is_shown_at_the_cost_of_the_bare_path(qtbot: QtBot) -> None:
    ratio = measured_page(qtbot, "PNG", "L")
    print(f"page shown, grey PNG / bare: {ratio}")
    assert ratio.meets(1.2)


def test_going_to_the_next_field_costs_little_more_than_in_a_bare_form(qtbot: QtBot) -> None:
    canvas, bare = DocumentCanvas(), QScrollArea()
    product, floor = Form(canvas), Form(bare)
    for form in (product, floor):
        qtbot.addWidget(form)
        with qtbot.waitActive(form):
            form.show()
            form.activateWindow()
    sheet = decode(scan("JPEG"), 1, canvas.wanted_width)
    canvas.show_sheet(sheet)
    page = QLabel()
    page.setPixmap(QPixmap.fromImage(sheet.shown))
    bare.setWidget(page)

    def follow_bare(number: int) -> None:
        bare.verticalScrollBar().setValue(round(zone(number).y * sheet.shown.height()) - HEIGHT // 2)

    ratio = best_of(
        3,
        1.5,
        lambda: compare_ways(
            lambda: product.step(lambda number: canvas.show_zone(zone(number), str(number), Work.FIRST)),
            lambda: floor.step(follow_bare),
            ROUNDS,
            60,
        ),
    )
    print(f"next field painted / bare form: {ratio}")
    assert ratio.meets(1.5)
