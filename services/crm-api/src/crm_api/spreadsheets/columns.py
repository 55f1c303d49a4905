"""The columns of an export: attributes of items, their fields, and fields of what they link to, with headings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.elements import ElementField, ElementType
from contracts.items import Item

from crm_api.fields import FieldError
from crm_api.spreadsheets.cells import Cell, Telling, cell_of, moment
from crm_api.spreadsheets.texts import ATTRIBUTE_NAMES, told

MOST_COLUMNS = 200
FIRST_COLUMNS = ("title", "stage", "responsible")
Near = Mapping[UUID, Item]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and what stands in it for an item; `near` are the items that items link to."""

    key: str
    heading: str
    value: Callable[[Item, Near], Cell]
    role: str = ""


class Columns:
    """The columns of a type that can be chosen, told in a language."""

    def __init__(self, knowledge: Knowledge, type_: ElementType, telling: Telling) -> None:
        self.knowledge = knowledge
        self.type = type_
        self.telling = telling

    def chosen(self, keys: Sequence[str]) -> tuple[Column, ...]:
        """Give columns in the order in which they are chosen, those of the type's list where none are.

        Raises `FieldError` for one that there is not.
        """
        if len(keys) > MOST_COLUMNS:
            raise FieldError("columns", f"{len(keys)} columns", f"choose at most {MOST_COLUMNS}")
        return tuple(self._column(key, n) for n, key in enumerate(keys or self._usual()))

    def _usual(self) -> Sequence[str]:
        own = tuple(field.key for field in self.type.fields if field.kind != "link")
        return tuple(key for key in self.type.columns if self._is_known(key)) or (*FIRST_COLUMNS, *own)

    def _is_known(self, key: str) -> bool:
        try:
            self._column(key, 0)
        except FieldError:
            return False
        return True

    def _column(self, key: str, n: int) -> Column:
        if key in ATTRIBUTE_NAMES:
            return Column(key, told(ATTRIBUTE_NAMES[key], self.telling.language, key), self._attribute(key))
        role, _, of_linked = key.rpartition(".")
        fields = self._fields(role)
        if of_linked == "title" and role and fields:
            return Column(key, self._heading(role, ATTRIBUTE_NAMES["title"], "title"), _title(role), role)
        field = fields.get(of_linked)
        if field is None or (role and field.kind == "link"):
            known = ", ".join([*ATTRIBUTE_NAMES, *sorted(self.knowledge.fields(self.type.key))])
            raise FieldError(f"columns.{n}", f"there is no column {key!r}", f"use some of: {known}, contact.<field>")
        return self._of_field(key, role, field)

    def _of_field(self, key: str, role: str, field: ElementField) -> Column:
        heading = self._heading(role, field.name, field.key)
        if field.kind == "link":
            return Column(key, heading, _title(key), key)
        return Column(key, heading, self._linked(role, field) if role else self._own(field), role)

    def _fields(self, role: str) -> Mapping[str, ElementField]:
        own = self.knowledge.fields(self.type.key)
        if not role:
            return own
        field = own.get(role)
        return self.knowledge.fields(field.to if field is not None and field.kind == "link" else role)

    def _heading(self, role: str, name: str | dict[str, str], key: str) -> str:
        said = told(name, self.telling.language, key)
        if not role:
            return said
        field, type_ = self.knowledge.fields(self.type.key).get(role), self.knowledge.types.get(role)
        of = field.name if field is not None else type_.name if type_ is not None else ""
        return f"{told(of, self.telling.language, role)}: {said}"

    def _attribute(self, key: str) -> Callable[[Item, Near], Cell]:
        match key:
            case "stage":
                return self._stage
            case "created_at" | "entered_at":
                return lambda item, _: moment(getattr(item, key), self.telling)
            case "version":
                return lambda item, _: item.version
            case _:
                return lambda item, _: str(getattr(item, key) or "")

    def _stage(self, item: Item, _: Near) -> Cell:
        pipeline = self.knowledge.pipelines.get(item.pipeline)
        stage = pipeline.stage(item.stage) if pipeline else None
        return told(stage.name, self.telling.language, stage.key) if stage else item.stage

    def _own(self, field: ElementField) -> Callable[[Item, Near], Cell]:
        return lambda item, _: cell_of(field, item.fields.get(field.key), self.telling)

    def _linked(self, role: str, field: ElementField) -> Callable[[Item, Near], Cell]:
        def value(item: Item, near: Near) -> Cell:
            linked = _to(item, role, near)
            return cell_of(field, linked.fields.get(field.key), self.telling) if linked else None

        return value


def _title(role: str) -> Callable[[Item, Near], Cell]:
    def value(item: Item, near: Near) -> Cell:
        linked = _to(item, role, near)
        return linked.title if linked else None

    return value


def _to(item: Item, role: str, near: Near) -> Item | None:
    id_ = item.linked(role)
    linked = near.get(id_) if id_ else None
    return None if linked is None or linked.deleted else linked
