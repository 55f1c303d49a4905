"""Guesses what the columns of a file fill, by their names."""

import re
from collections.abc import Iterator, Sequence

from automation.knowledge import Knowledge

from crm_api.imports.rows import OF_CONTACT, fillable
from crm_api.intake.contacts import CONTACT
from crm_api.lists.keys import folded
from crm_api.spreadsheets.texts import ATTRIBUTE_NAMES, all_of

CLIENT = ("contact", "client", "customer", "kontakt", "kunde", "contacto", "cliente")


def guess(knowledge: Knowledge, type_: str, columns: Sequence[str]) -> dict[str, str]:
    """Give a mapping of columns to what they are called like; each field is filled by one column at most."""
    known: dict[str, str] = {}
    for target in fillable(knowledge, type_):
        for name in names(knowledge, type_, target):
            known.setdefault(bare(name), target)
    # A field may have no name, and a column none but signs, such as #.
    known.pop("", None)
    guessed: dict[str, str] = {}
    for column in columns:
        fits = known.get(bare(column))
        if fits and fits not in guessed.values():
            guessed[column] = fits
    return guessed


def names(knowledge: Knowledge, type_: str, target: str) -> Iterator[str]:
    """Give what a column for this target may be called; a field of the contact also without the contact."""
    yield target
    if target in ATTRIBUTE_NAMES:
        yield from ATTRIBUTE_NAMES[target].values()
        return
    of_contact = target.startswith(OF_CONTACT)
    key = target.removeprefix(OF_CONTACT) if of_contact else target
    field = knowledge.fields(CONTACT if of_contact else type_)[key]
    own = (key, *all_of(field.name))
    for of in CLIENT if of_contact else ():
        yield from (f"{of} {name}" for name in own if name)
    yield from own


def bare(name: str) -> str:
    """Give a name without case, accents and signs."""
    return re.sub(r"[\W_]+", "", folded(name))
