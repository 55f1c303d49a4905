"""Which placeholders of a template can have no value: a template is for items of any type, so one of them must do."""

from collections.abc import Iterable, Iterator

from automation.knowledge import Knowledge
from automation.paths import ITEM_ATTRIBUTES, PERSON_ATTRIBUTES

# What a document has of its own, beside the values that texts of rules have.
DOCUMENT = ("number", "version", "day")
TOTALS = ("currency", "net", "discount", "tax", "gross")
PEOPLE = ("responsible", "supervisor")
RECORDS = ("item", "contact", "company")
# What they hold is told by the rules, and known when a document is made.
OPEN = ("results", "var", "portal")
GOODS = ("rows", "totals")
ROOTS = (*RECORDS, *PEOPLE, *OPEN)


def wrong_placeholders(paths: Iterable[str], knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Give each placeholder that can have no value, and what would do instead."""
    for path in paths:
        root, _, rest = path.partition(".")
        known = _known(root, knowledge)
        name = rest.partition(".")[0]
        if known is None:
            yield path, f"use one of: {', '.join((*ROOTS, 'document', *GOODS))}"
        elif known and name and name not in known:
            yield path, f"use one of: {', '.join(f'{root}.{one}' for one in known)}"


def _known(root: str, knowledge: Knowledge) -> tuple[str, ...] | None:
    """Give the names below a root, none for one that is open, None for no root at all."""
    if root in OPEN or root == "rows":
        return ()
    fixed = {"document": DOCUMENT, "totals": TOTALS, **dict.fromkeys(PEOPLE, tuple(PERSON_ATTRIBUTES))}
    if root in fixed:
        return fixed[root]
    return _of_record(root, knowledge) if root in RECORDS else None


def _of_record(root: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Give the names below a record; none where no type of such items is known."""
    types = knowledge.types if root == "item" else {root} & knowledge.types.keys()
    fields = dict.fromkeys(key for type_ in types for key in knowledge.fields(type_))
    return (*ITEM_ATTRIBUTES, "name", *fields) if types else ()
