"""How old the list of people is, on a server that could be showing an old one.

Each sign-in of an administrator confirms it, at most once a day, and where a clock that went wrong
confirmed it for a time to come. It is warned of from the twentieth day; after the thirtieth nobody claims,
signs or hands on keys under it (`Workspace.demand_fresh`). A folder's own list does not expire.
"""

from boapp.address import Address
from boapp.crypto.roster_entries import Freshness
from boapp.domain.workflow import Role
from boapp.errors import Refusal
from boapp.services.roster_editing import RosterEdit
from boapp.workspace import AHEAD_DAYS, STALE_AFTER_DAYS, Workspace

CONFIRM_AFTER_DAYS = 1
WARN_AFTER_DAYS = 20


def confirm(ws: Workspace) -> None:
    """Let an administrator's sign-in confirm the list; warn everybody else while it grows old."""
    age = ws.roster_age_days()
    if not isinstance(ws.location, Address) or -AHEAD_DAYS <= age < CONFIRM_AFTER_DAYS:
        return
    if Role.ADMINISTRATOR in ws.me.roles:
        edit = RosterEdit(ws)
        edit.add(Freshness())
        edit.store()
    elif age >= WARN_AFTER_DAYS:
        raise Refusal(
            f"No administrator has confirmed the list of people for {int(age)} days.",
            f"Ask one to sign in: after {STALE_AFTER_DAYS} days nothing can be claimed or sealed.",
        )
