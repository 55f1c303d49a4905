"""`signalbox app`: what the author of a third-party app does before it is installed anywhere."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click
from chassis.standard_webhooks import NoSecret, check_secret

from signalbox.conformance import examine


@click.group()
def app() -> None:
    """Help the author of a third-party app."""


@app.command()
@click.argument("url")
@click.option("--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--secret", envvar="SIGNALBOX_APP_SECRET", required=True, help="whsec_…, as the app knows it.")
@click.option("--answers-at", default="", metavar="URL", help="Where the app reaches this machine, http://HOST:PORT.")
@click.option("--patience", default=30.0, show_default=True, help="How long to wait for later answers, in seconds.")
@click.pass_context
def check(context: click.Context, url: str, manifest: Path, secret: str, answers_at: str, patience: float) -> None:  # noqa: PLR0917 - what a person types
    """Make the calls that an app at URL must survive, and say what to mend.

    Each action of the manifest is called about a dozen times, with made-up values.
    """
    try:
        check_secret(secret)
    except NoSecret as error:
        raise click.ClickException(str(error)) from None
    findings = asyncio.run(examine(read(manifest), url, secret, answers_at, patience))
    for finding in findings:
        click.echo(finding.line())
    wrong = sum(finding.wrong for finding in findings)
    click.echo(f"{wrong} to mend" if wrong else "all is well")
    context.exit(1 if wrong else 0)


def read(manifest: Path) -> Any:
    """Read the manifest's JSON; raises `ClickException` where it is none."""
    try:
        return json.loads(manifest.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{manifest} is no JSON: {error}") from None
