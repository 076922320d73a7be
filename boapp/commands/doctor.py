"""boapp doctor."""

import click

from boapp.commands.session import Session, command


@click.command()
@click.option(
    "--db",
    required=True,
    metavar="URL",
    help="The shared PostgreSQL, postgresql://LOGIN@HOST/DATABASE; any login of it may check.",
)
@command
def doctor(session: Session, db: str) -> bool:
    """Check the fences of a shared PostgreSQL: grants, functions, triggers, logins, settings."""
    from boapp.services.checking import check_database  # noqa: PLC0415 - no other command talks to a server

    findings = check_database(db)
    lines = [f"{found.what}\n    {found.advice}" for found in findings]
    session.say("\n".join(lines) or "Everything is as it must be.", findings)
    return not findings
