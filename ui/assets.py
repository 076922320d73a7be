"""Typefaces and icons. Icons are line drawings of the project, coloured by token when they are drawn."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QFontDatabase, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from boapp.resources import resource

WEIGHTS = ("Regular", "Medium", "SemiBold")


def load_fonts() -> bool:
    """Load the typefaces; False when a file is missing, and the system's fonts stand in."""
    files = [
        resource(f"fonts/plex/IBMPlex{family}-{weight}.woff2")
        for family in ("Sans", "Mono")
        for weight in WEIGHTS
    ]
    return all(QFontDatabase.addApplicationFont(str(path)) >= 0 for path in files)


@cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


@cache
def pixmap(name: str, colour: str, size: int = 18, ratio: float = 1.0) -> QPixmap:
    """Return an icon as a picture of size logical pixels, drawn in this colour."""
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, colour: str, size: int = 18) -> QIcon:
    """Return an icon for a button."""
    found = QIcon(pixmap(name, colour, size))
    found.addPixmap(pixmap(name, colour, size, 2.0))
    return found
