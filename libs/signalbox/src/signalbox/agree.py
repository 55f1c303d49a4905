"""`signalbox agree`: compares the tables of all services while the system is quiet."""

import asyncio

import asyncpg
import click

from signalbox.agreement import Disagreement, disagreements
from signalbox.settings import DATABASES, Settings


@click.command()
@click.pass_context
def agree(context: click.Context) -> None:
    """Compare item copies, executions, timelines, effects and config; ends with 1 where they differ.

    While messages are on their way, what has not arrived differs: look once more before you worry.
    """
    found = compared(context.obj)
    for one in found:
        click.echo(one.line())
    click.echo(
        "the services agree" if not found else "the services do not agree; docs/operations tell how to repair it"
    )
    context.exit(1 if found else 0)


def compared(settings: Settings) -> list[Disagreement]:
    """Give what differs; raises `ClickException` with words on databases that are not named or do not answer."""
    unnamed = [name.upper() for service, name in DATABASES.items() if not settings.database(service)]
    if unnamed:
        raise click.ClickException(f"name all databases; not named: {', '.join(unnamed)}")
    try:
        return asyncio.run(disagreements({service: settings.database(service) for service in DATABASES}))
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # What an address that is none makes it say may repeat a part of the password.
        told = "an address cannot be read" if isinstance(error, ValueError) else repr(error)
        raise click.ClickException(f"{told}\nDo all databases answer? `signalbox doctor` looks.") from None
