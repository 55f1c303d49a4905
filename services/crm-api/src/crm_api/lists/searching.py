"""The words by which an item is found, and what a person who looks for it wrote.

Each word that is written must begin a word of the item. A phone number is found by any four of its digits and more:
all its ends are words.
"""

import re
from collections.abc import Iterable, Iterator

from automation.knowledge import Knowledge
from contracts.elements import FieldKind
from contracts.items import Item

from crm_api.fields import FieldError
from crm_api.lists.keys import folded

MOST_WORDS = 500
LONGEST_WORD = 60
LONGEST_SEARCH = 200
SHORTEST_END = 4
SEARCHED: tuple[FieldKind, ...] = ("string", "text", "phone", "email", "url", "address")
WORD = re.compile(r"\w+")


def words(knowledge: Knowledge, item: Item) -> list[str]:
    """Give the words of an item: of its title, texts, addresses, and ways to reach someone."""
    found = dict.fromkeys(split(item.title))
    for field in knowledge.fields(item.type).values():
        if field.kind in SEARCHED and field.key in item.fields:
            for text in texts(item.fields[field.key]):
                found |= dict.fromkeys(ends(text) if field.kind == "phone" else split(text))
    return list(found)[:MOST_WORDS]


def texts(value: object) -> Iterator[str]:
    """Give the texts of a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def split(text: str) -> Iterable[str]:
    """Give the words of a text, without case and accents."""
    return (word[:LONGEST_WORD] for word in WORD.findall(folded(text)))


def ends(phone: str) -> Iterable[str]:
    """Give the ends of a phone number, down to four digits."""
    digits = re.sub(r"\D", "", phone)
    return (digits[n:] for n in range(max(1, len(digits) - SHORTEST_END + 1)))


def looked_for(search: str) -> str:
    """Give what is looked for as a text search query; raises `FieldError` for what has no words."""
    digits = re.sub(r"[\s()+./-]", "", search)
    wanted = [digits] if digits.isdecimal() and len(digits) >= SHORTEST_END else list(split(search))
    if not wanted or len(search) > LONGEST_SEARCH:
        fix = f"send some letters or digits, at most {LONGEST_SEARCH} characters"
        raise FieldError("search", "there is no word in it" if not wanted else "it is too long", fix)
    return " & ".join(f"'{word}':*" for word in wanted)
