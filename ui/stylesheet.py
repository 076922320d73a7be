"""The style sheet, written from the tokens of a look. Widgets choose a rule by their `role` property."""

from ui.theme import BODY, CARD, DIALOG, FIELD, FIGURE, MONO, SANS, SMALL, TITLE, VALUE, Tokens


def stylesheet(t: Tokens) -> str:
    """Return the style sheet of one look."""
    return "".join(part(t) for part in (_surfaces, _labels, _messages, _inputs, _buttons, _tables, _bars))


def _surfaces(t: Tokens) -> str:
    """Write what lies under everything: windows, panels, cards and lines."""
    return f"""
* {{ font-family: "{SANS}"; font-size: {BODY}px; color: {t.text}; }}
QMainWindow, QDialog, QWidget[role="window"] {{ background: {t.window}; }}
QWidget[role="panel"], QFrame[role="panel"] {{ background: {t.panel}; }}
QWidget[role="side"] {{ background: {t.side}; }}
QFrame[role="card"] {{ background: {t.panel}; border: 1px solid {t.hairline}; border-radius: 10px; }}
QFrame[role="next"] {{ background: {t.panel}; border: 2px solid {t.accent}; border-radius: 10px; }}
QFrame[role="line"] {{ background: {t.hairline}; max-height: 1px; min-height: 1px; border: none; }}
"""


def _labels(t: Tokens) -> str:
    """Write text by its size and weight, keys and badges."""
    return f"""
QLabel {{ background: transparent; }}
QLabel[role="small"] {{ font-size: {SMALL}px; color: {t.text3}; }}
QLabel[role="label"] {{ color: {t.text2}; }}
QLabel[role="body2"] {{ color: {t.text2}; }}
QLabel[role="card-title"] {{ font-size: {CARD}px; font-weight: 600; }}
QLabel[role="field-name"] {{ font-size: {FIELD}px; font-weight: 600; }}
QLabel[role="dialog-title"] {{ font-size: {DIALOG}px; font-weight: 600; }}
QLabel[role="title"] {{ font-size: {TITLE}px; font-weight: 600; }}
QLabel[role="figure"] {{ font-size: {FIGURE}px; font-weight: 600; }}
QLabel[role="aloud"] {{ font-family: "{MONO}"; font-size: {FIGURE}px; font-weight: 500; }}
QLabel[role="value"] {{ font-family: "{MONO}"; font-size: {CARD}px; }}
QLabel[role="ok"] {{ color: {t.ok}; font-weight: 500; }}
QLabel[role="warn"] {{ color: {t.warn}; font-weight: 500; }}
QLabel[role="err"] {{ color: {t.err}; font-weight: 500; }}
QLabel[role="key"] {{
  font-family: "{MONO}"; font-size: 11px; color: {t.text2}; background: {t.panel};
  border: 1px solid {t.edge}; border-bottom-width: 2px; border-radius: 4px; padding: 1px 5px; }}
QLabel[role="badge"] {{
  font-size: 11px; color: {t.text2}; border: 1px solid {t.edge}; border-radius: 4px; padding: 0px 4px; }}
"""


def _messages(t: Tokens) -> str:
    """Write messages below a field and banners below a header, in the colour and tint of their severity."""
    severities = {
        "err": (t.err, t.err_tint),
        "warn": (t.warn, t.warn_tint),
        "info": (t.accent, t.accent_tint),
        "ok": (t.ok, t.ok_tint),
    }
    rules = [_message(severity, *colours) for severity, colours in severities.items()]
    return (
        "".join(rules)
        + f"""
QLabel[role="message-err"], QLabel[role="message-warn"] {{ font-weight: 500; }}
QLabel[role="message-none"] {{ color: {t.text3}; padding: 4px 10px; }}
"""
    )


def _message(severity: str, colour: str, tint: str) -> str:
    """Return the rules of one severity."""
    return f"""
QLabel[role="message-{severity}"] {{ background: {tint}; color: {colour}; border-radius: 6px; padding: 4px 10px; }}
QLabel[role="banner-{severity}"] {{
  background: {tint}; color: {colour}; border-bottom: 1px solid {colour}; padding: 8px 16px 8px 42px;
  font-weight: 500; }}
"""


def _inputs(t: Tokens) -> str:
    """Write what is typed into or chosen from."""
    return f"""
QLineEdit, QPlainTextEdit {{
  background: {t.panel}; border: 1px solid {t.edge}; border-radius: 6px; padding: 6px 10px;
  font-family: "{MONO}"; font-size: {CARD}px; selection-background-color: {t.accent_tint};
  selection-color: {t.text}; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {t.accent}; padding: 5px 9px; }}
QPlainTextEdit[role="script"] {{ font-size: {SMALL}px; background: {t.side}; padding: 4px 6px; }}
QPlainTextEdit[role="script"]:focus {{ padding: 3px 5px; }}
QLineEdit[role="entry"] {{ font-size: {VALUE}px; padding: 2px 14px; border: none; background: transparent; }}
QComboBox {{
  background: {t.panel}; border: 1px solid {t.edge}; border-radius: 6px; padding: 4px 10px; min-height: 20px; }}
QComboBox:focus {{ border: 2px solid {t.accent}; padding: 3px 9px; }}
QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.edge}; }}
QCheckBox:focus {{ color: {t.accent}; }}
"""


def _buttons(t: Tokens) -> str:
    """Write buttons, and the entries of the navigation."""
    return f"""
QPushButton {{
  background: {t.panel}; border: 1px solid {t.edge}; border-radius: 6px; padding: 6px 12px;
  min-height: 18px; font-weight: 500; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 5px 11px; }}
QPushButton:disabled {{ color: {t.text3}; border-color: {t.hairline}; }}
QPushButton[role="primary"] {{ background: {t.accent}; color: {t.on_solid}; border: 1px solid {t.accent}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[role="resolve"] {{ background: {t.resolve}; color: {t.on_solid}; border: 1px solid {t.resolve}; }}
QPushButton[role="resolve"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[role="danger"] {{ color: {t.err}; border-color: {t.err}; }}
QPushButton[role="nav"] {{
  background: transparent; border: none; border-radius: 6px; text-align: left; padding: 8px 12px; color: {t.text2}; }}
QPushButton[role="nav"]:checked {{ background: {t.accent_tint}; color: {t.accent}; font-weight: 600; }}
QPushButton[role="nav"]:focus {{ border: 2px solid {t.accent}; padding: 6px 10px; }}
"""


def _tables(t: Tokens) -> str:
    """Write tables and lists with their headers."""
    return f"""
QTableView, QTableWidget, QListView, QTreeView {{
  background: {t.panel}; border: none; gridline-color: {t.hairline}; outline: none;
  selection-background-color: {t.accent_tint}; selection-color: {t.text};
  alternate-background-color: {t.panel}; }}
QTableView:focus {{ border: 1px solid {t.accent}; }}
QHeaderView::section {{
  background: {t.side}; color: {t.text2}; border: none; border-bottom: 1px solid {t.hairline};
  padding: 6px 8px; font-weight: 500; font-size: {SMALL}px; }}
"""


def _bars(t: Tokens) -> str:
    """Write progress and scroll bars, and tool tips after the labels, which they also are."""
    return f"""
QProgressBar {{
  background: {t.hairline}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 4px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {t.edge}; border-radius: 4px; min-height: 28px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0px; width: 0px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {t.edge}; border-radius: 4px; min-width: 28px; }}
QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.edge}; }}
"""
