"""Kinds of values that are written: texts, choices, people, files, addresses and ways to reach someone."""

import re
from typing import Any

from contracts.elements import ADDRESS_PARTS

from crm_api.fields.errors import Unfit
from crm_api.fields.identities import normal_email, normal_phone
from crm_api.fields.reading import LONGEST_STRING, LONGEST_TEXT, Reading, text_of
from crm_api.files import HASH

LONGEST_URL = 2_000
LONGEST_ADDRESS_PART = 200

URL = re.compile(r"https?://\S+")
FILE = re.compile(HASH)
CHAT = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}:\S{1,100}")


def string(value: Any, _: Reading) -> str:
    """Read a short text; raises `Unfit`."""
    return text_of(value, LONGEST_STRING)


def text(value: Any, _: Reading) -> str:
    """Read a long text; raises `Unfit`."""
    return text_of(value, LONGEST_TEXT)


def choice(value: Any, reading: Reading) -> str:
    """Read the key of a choice; raises `Unfit`."""
    if value not in reading.field.choices:
        raise Unfit(f"use one of: {', '.join(reading.field.choices)}")
    return str(value)


def choices(value: Any, reading: Reading) -> list[str] | None:
    """Read the keys of several choices, each once, in the order of the field; raises `Unfit`."""
    known = reading.field.choices
    if not isinstance(value, list | tuple) or any(one not in known for one in value):
        raise Unfit(f"send a list of: {', '.join(known)}")
    return [key for key in known if key in value] or None


def person(value: Any, reading: Reading) -> str:
    """Read the id of a person whom we know; raises `Unfit`."""
    if not isinstance(value, str) or value not in reading.people:
        raise Unfit("send the id of a person whom we know")
    return value


def file(value: Any, _: Reading) -> str:
    """Read the content hash of a file; that it is kept is checked when the item is written. Raises `Unfit`."""
    if not isinstance(value, str) or not FILE.fullmatch(value):
        raise Unfit("put its bytes to /v1/files and send the hash of the answer")
    return value


def address(value: Any, _: Reading) -> dict[str, str] | None:
    """Read a postal address by its parts; raises `Unfit`."""
    fix = f"send an object of short texts: {', '.join(ADDRESS_PARTS)}"
    if not isinstance(value, dict) or not value.keys() <= set(ADDRESS_PARTS):
        raise Unfit(fix)
    try:
        written = {part: text_of(value[part], LONGEST_ADDRESS_PART).strip() for part in ADDRESS_PARTS if part in value}
    except Unfit as error:
        raise Unfit(f"{fix}; {error}") from None
    return {part: one for part, one in written.items() if one} or None


def phone(value: Any, reading: Reading) -> str:
    """Read a phone number; raises `Unfit`."""
    return normal_phone(str(value), reading.country)


def email(value: Any, _: Reading) -> str:
    """Read an email address; raises `Unfit`."""
    return normal_email(text_of(str(value), LONGEST_STRING))


def url(value: Any, _: Reading) -> str:
    """Read the address of a page; raises `Unfit`."""
    if not URL.fullmatch(text_of(value, LONGEST_URL)):
        raise Unfit("write it like 'https://example.com/page'")
    return str(value)


def chat(value: Any, _: Reading) -> str:
    """Read the address of a chat: its channel, and what it is called there; raises `Unfit`."""
    written = text_of(value, LONGEST_STRING).strip()
    if not CHAT.fullmatch(written):
        raise Unfit("write the channel and the chat in it, like 'shop-telegram:5512345'")
    return written
