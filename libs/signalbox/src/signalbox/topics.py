"""`signalbox topics`: makes what is missing of the table of topics, or prints it."""

from datetime import timedelta

import click
from chassis.kafka import DEAD_LETTERS_KEPT, Kafka, make_topics
from contracts.topics import TOPICS, dead_letters, groups

from signalbox.asking import ask
from signalbox.settings import Settings
from signalbox.table import laid_out

HEAD = ("NAME", "KEY", "WRITERS", "READERS", "KEPT")


@click.command()
@click.option("--list", "listed", is_flag=True, help="Print the table; the broker is not asked.")
@click.pass_obj
def topics(settings: Settings, listed: bool) -> None:  # noqa: FBT001  click passes a flag by its name
    """Make the topics that are missing; those that stand are left as they are."""
    kafka = Kafka.of(settings)
    if listed:
        click.echo(table(kafka))
        return
    made = ask(kafka, make_topics(kafka))
    for name in made:
        click.echo(f"made {name}")
    click.echo(f"{len(kafka.topics())} topics stand, {len(made)} of them are new")


def table(kafka: Kafka) -> str:
    """Give the table of topics, with the dead letters of each group at its end."""
    live = ((kafka.named(t.name), t.key, ", ".join(t.writers), ", ".join(t.readers), kept(t.retention)) for t in TOPICS)
    dead = ((kafka.named(dead_letters(g)), "as it was", g, "signalbox dead", kept(DEAD_LETTERS_KEPT)) for g in groups())
    return laid_out(HEAD, (*live, *dead))


def kept(retention: timedelta | None) -> str:
    """Say how long a topic keeps its records."""
    return "compacted" if retention is None else f"{retention.days} days"
