"""What a keyer is told on the banner of her page: refusals, what waits to be sent, what she lost.

That the server is away stands there as long as it is so, under whatever else is told meanwhile.
"""

from collections.abc import Iterable

from boapp.errors import Refusal
from boapp.services.taking_back import Lost
from boapp.sync.light import Light, Way
from boapp.sync.watch import Report
from ui.i18n import tr
from ui.pages.keying.status import Status
from ui.shell.bars import Banner
from ui.way_words import banner_kind, banner_words, clock_words


class Telling:
    """Says it; a lost document once while she is here."""

    def __init__(self, banner: Banner, status: Status) -> None:
        self._banner, self._status = banner, status
        self._told: set[str] = set()
        self._light = Light(Way.IN_STEP)

    def nothing(self) -> None:
        """Take away what was told; that the server is away stays."""
        self._say(banner_words(self._light), banner_kind(self._light))

    def _say(self, words: str, kind: str) -> None:
        if words != self._banner.text():
            self._banner.say(words, kind)

    def way(self, light: Light) -> bool:
        """Say that the server went away, or no longer; return whether the way has changed."""
        before, self._light = self._light, light
        stood, stands = banner_words(before), banner_words(light)
        if stands != stood and (stands or self._banner.text() == stood):
            self.nothing()
        return light.way is not before.way

    def lost(self, lost: Iterable[Lost]) -> None:
        """Say which claims she lost."""
        words = [str(one.why) for one in lost if str(one.why) not in self._told]
        self._told.update(words)
        if words:
            self._banner.say("\n".join(words), "warn")

    def reported(self, report: Report) -> None:
        """Say what a courier came back with: claims she lost, what was refused, a clock that is wrong."""
        told = [f"{one.title} {one.advice}".strip() for one in report.lost] + list(report.troubles)
        if report.light.clock_is_wrong:
            told.append(clock_words(report.light))
        words = [one for one in told if one not in self._told]
        self._told.update(words)
        if words:
            self._banner.say("\n".join(words), "warn")

    def not_sent(self, refusal: Refusal) -> None:
        """Say that what she sealed waits on this computer."""
        self._status.waiting()
        words = tr("{what} Your work is sealed on this computer and sent again later.", what=refusal.title)
        self._banner.say(words, "warn")

    def trouble(self, refusal: Refusal) -> None:
        """Say what was refused."""
        self._banner.say(str(refusal), "err")
