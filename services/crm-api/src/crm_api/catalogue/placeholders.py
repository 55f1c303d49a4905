"""The values that texts and conditions of a type's rules can name, with how people read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automation.facts import ATTRIBUTE_KINDS
from automation.knowledge import Knowledge
from automation.languages import said
from automation.paths import ITEM_ATTRIBUTES, PERSON_ATTRIBUTES
from automation.vocabulary import PEOPLE, USUAL_ROLES
from contracts.config import Portal

from crm_api.catalogue.texts import texts

# What a text can say of the company; limits are nothing to say.
OF_PORTAL = tuple(name for name in Portal.model_fields if name not in {"caps", "quiet"})


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One value: how rules name it, how people read it, and its kind, empty where it has no fixed one."""

    path: str
    title: str
    kind: str = ""


def placeholders(type_: str, knowledge: Knowledge, language: str) -> list[Placeholder]:
    """List all values that a rule of a type can name; results of other rules are named after those."""
    return [
        *_of_item("item", type_, knowledge, language),
        *(one for role, to in _links(type_, knowledge) for one in _of_item(role, to, knowledge, language)),
        *_of_people(language),
        *_of_company(knowledge, language),
    ]


def _links(type_: str, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    links = {key: one.to or key for key, one in knowledge.fields(type_).items() if one.kind == "link"}
    yield from ({role: role for role in sorted(USUAL_ROLES)} | links).items()


def _of_item(root: str, type_: str, knowledge: Knowledge, language: str) -> Iterator[Placeholder]:
    fields = knowledge.fields(type_)
    named = fields[root].name if root in fields else ""
    words = texts(language)
    lead = said(named, language, words["roots"].get(root, root))
    for name in ITEM_ATTRIBUTES:
        kind = ATTRIBUTE_KINDS.get(name, "string")
        yield Placeholder(f"{root}.{name}", f"{lead}: {words['attributes'][name]}", kind)
    for key, field in fields.items():
        if field.kind != "link":
            yield Placeholder(f"{root}.{key}", f"{lead}: {said(field.name, language, key)}", field.kind)


def _of_people(language: str) -> Iterator[Placeholder]:
    words = texts(language)
    for root in sorted(PEOPLE):
        for name in PERSON_ATTRIBUTES:
            yield Placeholder(f"{root}.{name}", f"{words['roots'][root]}: {words['attributes'][name]}", "string")


def _of_company(knowledge: Knowledge, language: str) -> Iterator[Placeholder]:
    words = texts(language)
    for id_, constant in sorted(knowledge.constants.items()):
        yield Placeholder(f"const.{id_}", f"{words['roots']['const']}: {said(constant.name, language, id_)}")
    for name in OF_PORTAL:
        yield Placeholder(f"portal.{name}", f"{words['roots']['portal']}: {attribute(words, name)}", "string")


def attribute(words: dict[str, Any], name: str) -> str:
    """Give how people read an attribute."""
    found: str = words["attributes"].get(name, name)
    return found
