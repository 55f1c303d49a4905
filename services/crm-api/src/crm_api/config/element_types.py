"""What makes an element type that items can be of: fields that can hold something, and layouts that show them."""

import re
from collections.abc import Collection, Sequence

from automation.knowledge import Knowledge
from automation.paths import ITEM_ATTRIBUTES
from contracts.consents import CONSENTS
from contracts.elements import ElementField, ElementType
from contracts.rules import Text
from contracts.visits import WATCHED

from crm_api.fields import LONGEST_STRING, FieldError, read_value, storable
from crm_api.record.uniqueness import KINDS as UNIQUE_KINDS
from crm_api.rules.pipelines import KEY

# What every item has and any layout may show besides the type's own fields.
# What every item has, and what is kept among the fields without being one.
TAKEN = (*ITEM_ATTRIBUTES, CONSENTS, WATCHED)
SHOWN = ("title", "responsible", "stage", "created_at")
CHOSEN = frozenset({"choice", "choices"})
FIELD_KEY = re.compile(r"[A-Za-z_]\w{0,62}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
MOST_FIELDS = 500


def check_type(type_: ElementType, knowledge: Knowledge) -> None:
    """Refuse an element type that items cannot be of; raises `FieldError`."""
    if not re.fullmatch(KEY, type_.key):
        raise FieldError("key", f"{type_.key!r} is no key", "use small letters, digits, - and _")
    if len(type_.fields) > MOST_FIELDS:
        raise FieldError("fields", f"{len(type_.fields)} are too many", f"a type has at most {MOST_FIELDS} fields")
    check_text(type_.name, "name")
    check_once([field.key for field in type_.fields], "fields.{}.key", "there is a field {!r} before")
    for n, field in enumerate(type_.fields):
        check_field(field, f"fields.{n}", type_, knowledge)
    check_layouts(type_)


def check_text(text: Text, at: str) -> None:
    """Refuse texts by language whose languages cannot be read."""
    for language in text if isinstance(text, dict) else ():
        if not LANGUAGE.fullmatch(language):
            raise FieldError(f"{at}.{language}", f"{language!r} is no language", "write it like 'en' or 'pt-BR'")


def check_once(keys: Sequence[str], at: str, problem: str) -> None:
    """Refuse a key that was there before."""
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise FieldError(at.format(n), problem.format(key), "name each once")


def check_field(field: ElementField, at: str, type_: ElementType, knowledge: Knowledge) -> None:
    """Refuse a field that can hold nothing, or hides what every item has; raises `FieldError`."""
    if not FIELD_KEY.fullmatch(field.key) or field.key in TAKEN:
        fix = f"use letters, digits and _; not {', '.join(TAKEN)}"
        raise FieldError(f"{at}.key", f"{field.key!r} is no key", fix)
    check_text(field.name, f"{at}.name")
    check_text(field.help, f"{at}.help")
    for check in (check_choices, check_kind):
        check(field, at)
    check_target(field, at, {*knowledge.types, type_.key})
    check_default(field, at, knowledge)


def check_choices(field: ElementField, at: str) -> None:
    """Refuse choices of which none can be chosen, and names of none."""
    if field.kind not in CHOSEN:
        if field.choices or field.choice_names:
            fix = "leave choices out, or make it a choice"
            raise FieldError(f"{at}.choices", f"in a field of kind {field.kind} nothing is chosen", fix)
        return
    if not field.choices:
        raise FieldError(f"{at}.choices", "nothing to choose from", "send at least one choice")
    check_once(field.choices, f"{at}.choices.{{}}", "there is a choice {!r} before")
    for n, choice in enumerate(field.choices):
        if not choosable(choice):
            raise FieldError(f"{at}.choices.{n}", f"{choice!r:.60} is no choice", "send a short text")
    for choice, name in field.choice_names.items():
        check_named(choice, field.choices, f"{at}.choice_names.{choice}")
        check_text(name, f"{at}.choice_names.{choice}")


def choosable(choice: str) -> bool:
    """Say whether a text can be chosen."""
    return bool(choice.strip()) and len(choice) <= LONGEST_STRING and storable(choice)


def check_kind(field: ElementField, at: str) -> None:
    """Refuse a field that cannot be multiple, or unique, or both with a default."""
    if field.multiple and field.kind in {"choices", "link"}:
        fix = "leave it out: choices and links are several anyway"
        raise FieldError(f"{at}.multiple", f"a field of kind {field.kind} cannot be multiple", fix)
    if field.unique and field.kind not in UNIQUE_KINDS:
        fix = f"only these can be: {', '.join(sorted(UNIQUE_KINDS))}"
        raise FieldError(f"{at}.unique", f"a field of kind {field.kind} cannot be unique", fix)
    if field.unique and field.default is not None:
        raise FieldError(f"{at}.default", "a unique value cannot be everyone's", "leave out unique or default")


def check_target(field: ElementField, at: str, types: Collection[str]) -> None:
    """Refuse a link that leads nowhere."""
    if field.kind != "link":
        if field.to:
            raise FieldError(
                f"{at}.to", f"a field of kind {field.kind} leads nowhere", "leave it out, or make it a link"
            )
        return
    if not field.to:
        raise FieldError(f"{at}.to", "a link leads to a type", "send the key of the type")
    if field.to not in types:
        fix = f"use one of: {', '.join(sorted(types))}"
        raise FieldError(f"{at}.to", f"there is no type {field.to!r}", fix)


def check_default(field: ElementField, at: str, knowledge: Knowledge) -> None:
    """Refuse a default that the field itself could not hold."""
    if field.default is None:
        return
    if field.kind == "file":
        raise FieldError(f"{at}.default", "a file cannot be everyone's", "leave it out")
    try:
        read_value(knowledge, {field.key: field}, field.key, field.default)
    except FieldError as error:
        raise FieldError(f"{at}.default", error.problem, error.fix) from None


def check_layouts(type_: ElementType) -> None:
    """Refuse layouts that show what is not there, or show it twice; raises `FieldError`."""
    known = [*(field.key for field in type_.fields), *SHOWN]
    check_card(type_, known)
    check_shown(type_.board, known, "board")
    check_shown(type_.columns, known, "columns")
    check_shown(type_.quick, [key for key in known if key != "created_at"], "quick")
    money = [field.key for field in type_.fields if field.kind == "money" and not field.multiple]
    if type_.amount:
        check_named(type_.amount, money, "amount", "money field")


def check_card(type_: ElementType, known: Sequence[str]) -> None:
    """Refuse a card whose sections cannot be told apart, or that shows what is not there, or shows it twice."""
    check_once([section.key for section in type_.card], "card.{}.key", "there is a section {!r} before")
    before: list[str] = []
    for n, section in enumerate(type_.card):
        if not re.fullmatch(KEY, section.key):
            raise FieldError(f"card.{n}.key", f"{section.key!r} is no key", "use small letters, digits, - and _")
        check_text(section.name, f"card.{n}.name")
        check_shown(section.fields, known, f"card.{n}.fields", before)
        before += section.fields


def check_shown(fields: Sequence[str], known: Sequence[str], at: str, before: Sequence[str] = ()) -> None:
    """Refuse fields to show that are not there, or are shown twice; `before` are those shown already."""
    for n, key in enumerate(fields):
        check_named(key, known, f"{at}.{n}", "field")
        if key in (*before, *fields[:n]):
            raise FieldError(f"{at}.{n}", f"{key!r} is shown already", "name each field once")


def check_named(name: str, known: Sequence[str], at: str, what: str = "choice") -> None:
    """Refuse a name of what is not there."""
    if name not in known:
        fix = f"use one of: {', '.join(known)}" if known else f"add a {what} first"
        raise FieldError(at, f"there is no {what} {name!r}", fix)
