"""The sync light in words: quiet while all is well, and never a value."""

import time

from boapp.errors import Refusal
from boapp.sync.light import Light, Way
from ui.i18n import tr, tr_n

US = 1_000_000


def way_words(light: Light, now: float, *, trying: bool = False) -> str:
    """Return what the light says in one line; empty for a folder, which has no way to go.

    now: seconds since 1970. trying: whether somebody asked to try it at once.
    """
    parts = (state_words(light, trying=trying), backlog_words(light, now))
    return " · ".join(part for part in parts if part)


def state_words(light: Light, *, trying: bool = False) -> str:
    """Return where the way stands."""
    if not light.since_us:
        return ""
    if trying and is_away(light):
        return tr("Trying again…")
    clock = time.strftime("%H:%M", time.localtime(light.since_us / US))
    return {
        Way.STARTING: tr("Looking for the server"),
        Way.IN_STEP: tr("In step"),
        Way.SENDING: tr("Sending"),
        Way.AWAY: tr("Working offline since {time}", time=clock),
        Way.STOPPED: tr("Not sent since {time}", time=clock),
    }[light.way]


def backlog_words(light: Light, now: float) -> str:
    """Return how much waits to be sent, and for how long the oldest does."""
    waits = light.waiting - light.refused
    parts = []
    if waits:
        parts.append(tr_n("{n} waiting to send", "{n} waiting to send", waits))
        parts.append(_age_words(now - light.oldest_us / US))
    if light.refused:
        parts.append(tr_n("{n} refused", "{n} refused", light.refused))
    return " · ".join(part for part in parts if part)


def _age_words(seconds: float) -> str:
    if seconds < 60:
        return ""
    if seconds < 2 * 3600:
        return tr("oldest {n} min", n=round(seconds / 60))
    return tr("oldest {n} h", n=round(seconds / 3600))


def is_away(light: Light) -> bool:
    """Say whether nothing goes to the server at the moment."""
    return light.way in {Way.AWAY, Way.STOPPED}


def way_role(light: Light) -> str:
    """Return the role of the label: its colour."""
    return {Way.AWAY: "warn", Way.STOPPED: "err"}.get(light.way, "ok")


def way_icon(light: Light) -> str:
    """Return the icon: each state has a shape of its own."""
    return {
        Way.STARTING: "waiting",
        Way.IN_STEP: "sync",
        Way.SENDING: "send",
        Way.AWAY: "offline",
        Way.STOPPED: "error",
    }[light.way]


def advice_words(light: Light) -> str:
    """Return what to do, or that nothing is to be done; empty while all is well."""
    if light.way is Way.AWAY:
        return f"{light.title} {kept_words()}".strip()
    if light.way is Way.STOPPED:
        return f"{light.title} {light.advice}".strip()
    return ""


def kept_words() -> str:
    """Return why a keyer need not wait for the server."""
    return tr("Keep keying: everything is stored on this computer and sent when the link returns.")


def banner_words(light: Light) -> str:
    """Return what a banner says as long as nothing goes to the server; empty otherwise."""
    if light.way is Way.AWAY:
        return f"{state_words(light)}. {kept_words()}"
    return advice_words(light)


def banner_kind(light: Light) -> str:
    """Return of which kind that banner is."""
    return "err" if light.way is Way.STOPPED else "warn"


def away_words(refusal: Refusal) -> str:
    """Return what a page says that needs the server, and the key that tries again."""
    again = tr("This page needs the server. Ctrl+T tries again; it is also tried by itself.")
    return f"{refusal.title} {again}"


def clock_words(light: Light) -> str:
    """Return what is said of a clock that is wrong."""
    minutes = round(abs(light.clock_off_us) / US / 60)
    amount = tr("{n} min", n=minutes) if minutes < 120 else tr("{n} h", n=round(minutes / 60))
    if light.clock_off_us > 0:
        return tr("The clock of this computer is {amount} ahead. Tell your administrator.", amount=amount)
    return tr("The clock of this computer is {amount} behind. Tell your administrator.", amount=amount)
