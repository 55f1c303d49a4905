"""`signalbox rewind`: lets a group read once more from an earlier moment, as after a restore."""

from datetime import UTC, datetime

import click
from chassis.kafka import Kafka
from chassis.replay import GroupUnknown
from chassis.replay import rewind as rewound

from signalbox.asking import ask
from signalbox.settings import Settings


@click.command()
@click.argument("group")
@click.option("--to", "written", metavar="ISO", help="The moment, such as 2026-03-02T10:00:00Z; else all that is kept.")
@click.pass_obj
def rewind(settings: Settings, group: str, written: str | None) -> None:
    """Let GROUP, such as rule-scheduler.consume, read again from a moment on; stop its processes first.

    What comes again is a repeat, and repeats are harmless.
    """
    kafka = Kafka.of(settings)
    try:
        again = ask(kafka, rewound(kafka, group, moment(written) if written else None))
    except GroupUnknown as error:
        raise click.ClickException(str(error)) from None
    for topic, records in again.items():
        click.echo(f"{kafka.named(topic)}: {records} records come again")


def moment(written: str) -> datetime:
    """Read a moment; one without a zone is UTC; raises what a person can act on."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise click.ClickException(f"{written!r} is no moment; write it like 2026-03-02T10:00:00Z") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
