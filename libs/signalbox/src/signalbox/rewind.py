"""`signalbox rewind`: lets a group read once more from an earlier moment, as after a restore."""

from argparse import ArgumentTypeError

import click
from chassis.command import moment
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
    except (GroupUnknown, ArgumentTypeError) as error:
        raise click.ClickException(str(error)) from None
    for topic, records in again.items():
        click.echo(f"{kafka.named(topic)}: {records} records come again")
