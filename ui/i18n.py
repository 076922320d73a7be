"""Every text on screen comes from `tr`: a whole sentence with named places, never built from pieces."""

from PySide6.QtCore import QCoreApplication

CONTEXT = "boapp"


def tr(source: str, **values: object) -> str:
    """Return a text in the person's language, with its named places filled in."""
    return QCoreApplication.translate(CONTEXT, source).format(**values)


def tr_n(one: str, many: str, count: int, **values: object) -> str:
    """Return the text for one or for many; `{n}` is the count."""
    return tr(one if count == 1 else many, n=count, **values)
