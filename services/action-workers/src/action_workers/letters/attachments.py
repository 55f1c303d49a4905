"""A letter's files, fetched from crm-api: by the hash of a file's content, or by the link of a document of ours."""

import mimetypes
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import Rejected

from action_workers.letters.composing import Attachment
from action_workers.providers.crm import Crm, Fetched

HASH = re.compile(r"[0-9a-f]{64}")
LINK = re.compile(r"/d/([A-Za-z0-9_-]{8,200})$")
UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\\"<>|:*?\u202a-\u202e\u2066-\u2069]+")
LONGEST_NAME = 150
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that a rule attaches: `place` says where it stands in the rule."""

    place: str
    file: str
    name: str = ""
    content_type: str = ""


def wanted(attach: Sequence[Any]) -> Iterator[Wanted]:
    """Read what a rule attaches; a field of several files is several."""
    for number, one in enumerate(attach):
        place = f"attach.{number}"
        if isinstance(one, dict):
            yield Wanted(place, str(one.get("file", "")), str(one.get("name", "")), str(one.get("content_type", "")))
        else:
            yield from (Wanted(place, file) for file in filter(None, re.split(r"[,\s]+", str(one))))


async def fetch(crm: Crm, asked: Iterable[Wanted], public_url: str, largest: int) -> list[Attachment]:
    """Fetch the files; raises `Rejected` where one is none of ours, or all are more than `largest` bytes."""
    found: list[Attachment] = []
    for one in asked:
        fetched = await _fetched(crm, one, public_url)
        found.append(named(one, fetched, len(found) + 1))
        size = sum(len(file.content) for file in found)
        if size > largest:
            raise Rejected(
                f"{one.place}: the files have {size / MEGABYTE:.1f} MB, and this account sends"
                f" {largest / MEGABYTE:.1f} MB; write a link to the document into the text instead"
            )
    return found


def named(one: Wanted, fetched: Fetched, number: int) -> Attachment:
    """Give a fetched file a name that harms nobody."""
    kind = one.content_type or fetched.content_type
    kind = kind.partition(";")[0].strip().lower()
    ending = mimetypes.guess_extension(kind) or ""
    name = " ".join(UNWANTED.sub(" ", one.name or fetched.name).split())[:LONGEST_NAME].strip(". ")
    name = name or f"file-{number}"
    return Attachment(name if "." in name else name + ending, kind, fetched.content)


async def _fetched(crm: Crm, one: Wanted, public_url: str) -> Fetched:
    if HASH.fullmatch(one.file):
        return await crm.fetch_file(one.file, one.place)
    link = LINK.search(one.file)
    if link and public_url and one.file.startswith(public_url.rstrip("/") + "/"):
        return await crm.fetch_document(link[1], one.place)
    raise Rejected(f"{one.place}: {one.file[:100]!r} is neither a file of the CRM nor the link of a document")
