"""The headless door: everything that the screens do to data, as commands."""

import click

from boapp.commands.founding import init, passphrase, people
from boapp.commands.projects import project, status
from boapp.commands.results import audit, export, report
from boapp.commands.work import intake, key, resolve, settle
from boapp.errors import Refusal


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="boapp")
def main() -> None:
    """Double-entry keying and verification: blind, signed, encrypted."""


@click.command()
def demo() -> None:
    """Do the whole job over five drawn receipts, in a temporary folder."""
    from boapp.demo.run import run  # noqa: PLC0415 - draws pictures; no other command does

    try:
        run()
    except Refusal as refusal:
        click.echo(f"boapp: {refusal}", err=True)
        raise SystemExit(1) from refusal


for entry in (
    demo,
    init,
    people,
    passphrase,
    project,
    status,
    intake,
    key,
    resolve,
    settle,
    report,
    export,
    audit,
):
    main.add_command(entry)
