"""What can be seen of a screen: which texts have too little room, which controls cannot be spoken."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from ui.widgets.charts import BarChart

CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView, QProgressBar, BarChart)


def visible(top: QWidget, kinds: tuple[type[QWidget], ...]) -> list[QWidget]:
    """Return the widgets of these kinds that can be seen; what belongs to Qt inside a widget is left out."""
    found = [w for kind in kinds for w in top.findChildren(kind) if w.isVisible()]
    return [w for w in found if not w.objectName().startswith("qt_")]


def clipped(widget: QWidget) -> bool:
    """Say whether a text needs more room than it has; one that wraps needs it in height."""
    needs, has = widget.sizeHint(), widget.size()
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.heightForWidth(has.width()) > has.height() + 1
    return needs.width() > has.width() + 1 or needs.height() > has.height() + 1


def clipped_texts(top: QWidget) -> list[str]:
    """Return the texts that need more room than they have; there have to be some texts at all."""
    texts = {w: getattr(w, "text", str)() for w in visible(top, (QLabel, QPushButton))}
    texts |= {w: w.currentText() for w in visible(top, (QComboBox,)) if isinstance(w, QComboBox)}
    assert sum(map(bool, texts.values())) > 3
    return [words for w, words in texts.items() if words and clipped(w)]


def spoken(widget: QWidget) -> str:
    """Return what a screen reader calls it."""
    return widget.accessibleName() or getattr(widget, "text", str)()


def unspoken(top: QWidget) -> list[str]:
    """Return the kinds of controls that have no name; there have to be some controls at all."""
    controls = visible(top, CONTROLS)
    assert len(controls) > 1
    return [type(w).__name__ for w in controls if not spoken(w)]
