"""post-to-feed: a post on the item's stream, that people read, and answer with comments."""

from dataclasses import replace

from contracts.commands import ItemCommand, PostToFeed
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Effects, Params, People, Text
from automation.actions.notify import Sender, sent_by, signed_name
from automation.facts import Facts


class Post(Params):
    """For whom, beside those who may read the item; `everyone` is all of ours. Whoever is named (`@ann`) hears of it.

    `sender` is in whose name: `responsible`, `supervisor` or a user, else the rule's own. It is posted when the rule
    runs.
    """

    to: People = "responsible"
    text: Text = Field(min_length=1)
    everyone: bool = False
    sender: Sender = ""


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add who was found, and in whose name it is."""
    person = sent_by(effects.params["sender"], facts)
    params = {
        "text": effects.params["text"],
        "everyone": effects.params["everyone"],
        "people": [one.address for one in effects.recipients if not one.missing],
        "author": person.id if person else "",
        "signed": signed_name(person, facts),
    }
    return replace(effects, params=params)


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    given = {name: params[name] for name in ("people", "author", "everyone") if name in params}
    return PostToFeed(**common, **given, text=params["text"], sender=params.get("signed", ""))


ACTION = Action("post-to-feed", None, "notice", "compensable", Post, results=("post",), command=command, finish=finish)
