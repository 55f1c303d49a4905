"""Posts and comments, and whom they name."""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.data import Part

MENTION = re.compile(r"(?<![\w.@])@([\w][\w.-]*)")
# Somebody who names more people than this means everyone.
MOST_NAMED = 50


class Post(Part):
    """One post, of an item where one is named; `people` may read it, and whoever may read the item.

    `author` is the person who wrote it, empty where a rule did; `sender` is in whose name. `comments` counts them.
    """

    id: UUID
    item: UUID | None = None
    text: str
    author: str = ""
    sender: str
    people: tuple[str, ...] = ()
    everyone: bool = False
    at: datetime
    edited_at: datetime | None = None
    comments: int = 0


class Comment(Part):
    """What somebody said to a post."""

    id: UUID
    post: UUID
    text: str
    author: str
    at: datetime
    edited_at: datetime | None = None


def named(text: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Give the people whom a text names (`@ann`): those who are there, in their order, each once."""
    # A name may end a sentence, whose mark is none of it.
    written = (name if name in knowledge.people else name.rstrip(".-") for name in MENTION.findall(text))
    return active(written, knowledge)[:MOST_NAMED]


def active(people: Iterable[str], knowledge: Knowledge) -> tuple[str, ...]:
    """Give those of these people who are known and active, each once."""
    known = knowledge.people
    return tuple(dict.fromkeys(id_ for id_ in people if id_ in known and known[id_].active))
