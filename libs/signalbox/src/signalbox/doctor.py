"""`signalbox doctor`: looks at a deployment, and says what is wrong and what to do."""

import asyncio

import click

from signalbox.checks import examine
from signalbox.settings import Settings


@click.command()
@click.argument("addresses", nargs=-1, metavar="[http://HOST:PORT]...")
@click.pass_context
def doctor(context: click.Context, addresses: tuple[str, ...]) -> None:
    """Look at broker, topics, databases, clocks, key, and the services at the addresses that are given."""
    settings: Settings = context.obj
    findings = asyncio.run(examine(settings, addresses))
    for finding in findings:
        click.echo(finding.line())
    context.exit(1 if any(finding.wrong for finding in findings) else 0)
