"""The sync light in words: quiet while all is well, and never a value."""

import time

from boapp.sync.light import Light, Way
from ui.i18n import tr, tr_n

US = 1_000_000


def way_words(light: Light, now: float) -> str:
    """Return what the light says; empty for a folder, which has no way to go. now: seconds since 1970."""
    if not light.since_us:
        return ""
    waits = light.waiting - light.refused
    parts = [_state_words(light)]
    if waits:
        parts.append(tr_n("{n} waits", "{n} wait", waits))
        parts.append(_age_words(now - light.oldest_us / US))
    if light.refused:
        parts.append(tr_n("{n} refused", "{n} refused", light.refused))
    return " · ".join(part for part in parts if part)


def _state_words(light: Light) -> str:
    clock = time.strftime("%H:%M", time.localtime(light.since_us / US))
    return {
        Way.STARTING: tr("Starting to send"),
        Way.IN_STEP: tr("In step"),
        Way.SENDING: tr("Sending"),
        Way.AWAY: tr("Working offline since {time}", time=clock),
        Way.STOPPED: tr("Not sent since {time}", time=clock),
    }[light.way]


def _age_words(seconds: float) -> str:
    if seconds < 60:
        return ""
    if seconds < 2 * 3600:
        return tr("oldest {n} min", n=round(seconds / 60))
    return tr("oldest {n} h", n=round(seconds / 3600))


def way_role(light: Light) -> str:
    """Return the role of the label: its colour."""
    return {Way.AWAY: "warn", Way.STOPPED: "err"}.get(light.way, "ok")


def advice_words(light: Light) -> str:
    """Return what to do, or that nothing is to be done; empty while all is well."""
    if light.way is Way.AWAY:
        kept = tr("Keep keying: everything is stored on this computer and sent when the link returns.")
        return f"{light.title} {kept}".strip()
    if light.way is Way.STOPPED:
        return f"{light.title} {light.advice}".strip()
    return ""


def clock_words(light: Light) -> str:
    """Return what is said of a clock that is wrong."""
    minutes = round(abs(light.clock_off_us) / US / 60)
    amount = tr("{n} min", n=minutes) if minutes < 120 else tr("{n} h", n=round(minutes / 60))
    if light.clock_off_us > 0:
        return tr("The clock of this computer is {amount} ahead. Tell your administrator.", amount=amount)
    return tr("The clock of this computer is {amount} behind. Tell your administrator.", amount=amount)
