"""http-fetch: parts of a web service's JSON answer, for the later rules of the same activation."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import jmespath
from contracts.actions import Recipient
from contracts.data import JsonObject
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, field_validator

from automation.actions.action import Action, Effects, Means, Params, Text
from automation.facts import Facts
from automation.variables import NAME

MOST = 50
LONGEST_EXPRESSION = 500
STATUS = "status"
# What says how the message travels is not for rules to say.
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "accept-encoding", "te"})
BEGINNING = re.compile(r"https?://|\{\{", re.IGNORECASE)


def readable(read: dict[str, str]) -> dict[str, str]:
    """Give what is to be read of an answer; raises `ValueError` for names and expressions that are none."""
    for name, expression in read.items():
        if not re.fullmatch(NAME, name) or name == STATUS:
            raise ValueError(f"{name!r} is no name for a result")
        if len(expression) > LONGEST_EXPRESSION:
            raise ValueError(f"what to read as {name} is longer than {LONGEST_EXPRESSION} characters")
        try:
            jmespath.compile(expression)
        except JMESPathError:
            raise ValueError(f"{expression!r} cannot be read; write it like data.price or items[0].name") from None
    return read


def theirs(headers: dict[str, str], ours: Collection[str]) -> dict[str, str]:
    """Give headers that a rule may say; raises `ValueError` for one of ours, which are in lower case."""
    for name in headers:
        if name.lower() in ours:
            raise ValueError(f"the header {name} is set by the one who asks")
    return headers


Readings = Annotated[dict[str, str], Field(max_length=MOST), AfterValidator(readable)]


class Fetch(Params):
    """`url`, `headers` and `body` have placeholders; `read` maps names of results to JMESPath, as `data.price`."""

    method: Literal["GET", "POST"] = "GET"
    url: Text
    headers: Annotated[dict[str, str], Means.TEXTS] = Field(default_factory=dict, max_length=MOST)
    body: Annotated[Any, Means.TEXTS] = None
    read: Readings = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if not BEGINNING.match(url):
            raise ValueError("an address begins with https:// or http://")
        return url

    @field_validator("headers")
    @classmethod
    def _are_theirs(cls, headers: dict[str, str]) -> dict[str, str]:
        return theirs(headers, OURS)


def finish(effects: Effects, _: Facts) -> Effects:
    """Add whom it is for: the host."""
    return replace(effects, recipients=(Recipient(whom="web", name=host_of(effects.params["url"])),))


def host_of(url: str) -> str:
    """Give the host that an address names, "" where it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def names(written: JsonObject) -> Iterator[str]:
    """Give the names of what is read."""
    read = written.get("read")
    yield from read if isinstance(read, dict) else ()


ACTION = Action("http-fetch", "webhook", "web", "irreversible", Fetch, results=(STATUS,), names=names, finish=finish)
