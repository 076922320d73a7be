"""Revoking: what ends and what does not, why, and her code before it is done."""

from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.pages.people.boxes import line_box, wrapped
from ui.pages.people.presenter import Listed
from ui.widgets.overlay import Overlay
from ui.widgets.parts import set_role, text


class Revoke(Overlay):
    """Asks for a reason and for the code to be typed before somebody is let out for good."""

    def __init__(self, over: QWidget, person: Listed) -> None:
        super().__init__(over, tr("Revoke {person}", person=person.code), tr("Revoke"), 600)
        self._wanted = person.code
        set_role(self.confirm, "danger")
        self._reason, self._code = line_box(tr("Reason")), line_box(tr("Type her code"))
        ends = tr(
            "This ends at once: signing in, her roles in every project, and her hold on documents. What she "
            "has not sent cannot be sent any more. New keys begin that she does not hold."
        )
        stays = tr(
            "This does not end: what she keyed stays, signed. What she could read before stays readable to "
            "her if she kept copies. She never comes back under this code."
        )
        reason = tr("Reason, stored encrypted; read by those who may read full names")
        for part in (
            wrapped(ends),
            wrapped(stays, "message-warn"),
            text(reason, "label"),
            self._reason,
            text(tr("Type her code: {code}", code=person.code), "label"),
            self._code,
        ):
            self.body.addWidget(part)
        self.begin(self._reason)

    @property
    def reason(self) -> str:
        """Return why she leaves."""
        return self._reason.text().strip()

    def missing(self) -> str:
        """Return what keeps her from being revoked."""
        if not self.reason:
            return tr("Say why she leaves. Nothing was changed.")
        fits = self._code.text().strip() == self._wanted
        return "" if fits else tr("This is not her code. Nothing was changed.")
