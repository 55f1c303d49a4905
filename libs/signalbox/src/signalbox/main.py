"""The command `signalbox`: what an operator does with a deployment."""

import logging

import click
from pydantic import AliasChoices, ValidationError

from signalbox.agree import agree
from signalbox.app import app
from signalbox.dead import dead
from signalbox.doctor import doctor
from signalbox.rehearse import rehearse
from signalbox.rewind import rewind
from signalbox.settings import Settings
from signalbox.topics import topics
from signalbox.watch import watch


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Look after a deployment of Signalbox; it is found by the variables that the services read."""
    # What the client says while it tries again is not for the person at the prompt: the end of it is.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        context.obj = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise click.ClickException(f"{variable(str(first['loc'][0]))}: {first['msg']}") from None


def variable(name: str) -> str:
    """Give the variable of a setting: the last of the names that it goes by."""
    field = Settings.model_fields.get(name)
    alias = field.validation_alias if field else None
    return str(alias.choices[-1]) if isinstance(alias, AliasChoices) else name.upper()


main.add_command(topics)
main.add_command(dead)
main.add_command(doctor)
main.add_command(rewind)
main.add_command(agree)
main.add_command(rehearse)
main.add_command(app)
main.add_command(watch)
