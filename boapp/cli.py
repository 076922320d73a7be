"""The headless door: everything that the screens do to data, as commands."""

import click

from boapp.commands.doctor import doctor
from boapp.commands.enrolling import bundle, enrol, upgrade
from boapp.commands.founding import init
from boapp.commands.moving import move
from boapp.commands.outbox import outbox
from boapp.commands.people import officers, passphrase, people, recover
from boapp.commands.projects import project, status
from boapp.commands.results import audit, export, report
from boapp.commands.syncing import sync
from boapp.commands.work import claims, intake, key, resolve, settle, take_back
from boapp.hardening import keep_memory_private


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="boapp")
def main() -> None:
    """Double-entry keying and verification: blind, signed, encrypted."""
    keep_memory_private()


for entry in (
    init,
    bundle,
    enrol,
    move,
    people,
    passphrase,
    officers,
    recover,
    project,
    status,
    sync,
    intake,
    key,
    claims,
    take_back,
    resolve,
    settle,
    outbox,
    report,
    export,
    audit,
    doctor,
    upgrade,
):
    main.add_command(entry)
