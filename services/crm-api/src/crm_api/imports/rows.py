"""Rows of a file, read by a mapping of their columns; all that is wrong with a row is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from contracts.config import Pipeline
from contracts.data import JsonObject
from contracts.elements import ElementField, FieldKind

from crm_api.background.jobs import RowProblem
from crm_api.fields import FieldError, identities, read_responsible, read_title, read_value
from crm_api.imports.asked import Import
from crm_api.imports.written import Manner, called, person_of, plain, text_of, value_of
from crm_api.intake.contacts import CONTACT
from crm_api.record import places
from crm_api.spreadsheets.texts import all_of

OF_CONTACT = f"{CONTACT}."
OF_ITEM = ("title", "responsible", "stage")
# Their values have several parts, and stand for no one thing.
NO_KEYS: frozenset[FieldKind] = frozenset({"choices", "address"})


@dataclass(slots=True)
class Row:
    """What one row says of an item, and of its contact, who is `known_by` (kind, value)."""

    number: int
    values: JsonObject = field(default_factory=dict)
    contact: JsonObject = field(default_factory=dict)
    stage: str = ""
    known_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What one column fills: a place in the rows, its name, and what the item or its contact is filled with."""

    place: int
    column: str
    name: str
    of_contact: bool = False


class RowReader:
    """Reads rows for one import; raises `FieldError` where what is asked for does not fit the file or the type."""

    def __init__(self, asked: Import, columns: Sequence[str], knowledge: Knowledge) -> None:
        self.asked = asked
        self.knowledge = knowledge
        if asked.rate == 0:
            raise FieldError("automation", "nothing would ever be imported", "send a rate above 0, like throttle 5/s")
        self.type = places.known_type(knowledge, asked.type)
        self.pipeline = self._pipeline()
        portal = knowledge.portal
        self.manner = Manner(asked.decimal, asked.dates, ZoneInfo(portal.zone), portal.currency, knowledge.people)
        self.own = knowledge.fields(asked.type)
        self.of_contact = knowledge.fields(CONTACT)
        targets = [self._target(column, name, columns) for column, name in asked.mapping.items()]
        self.targets = tuple(sorted(targets, key=lambda target: target.place))
        self._check_key(asked.key)
        read_responsible(asked.responsible, knowledge)

    def _check_key(self, key: str) -> None:
        names = [target.name for target in self.targets if not target.of_contact]
        if key and key not in names:
            raise FieldError("key", f"no column is mapped to {key!r}", "map a column to it")
        if key in OF_ITEM[1:]:
            raise FieldError("key", f"{key!r} says nothing of which item it is", "use a field")
        if key in self.own and (self.own[key].multiple or self.own[key].kind in NO_KEYS):
            raise FieldError("key", f"{key!r} may hold several values", "use a field that holds one")

    def read(self, number: int, cells: Sequence[Any]) -> tuple[Row, list[RowProblem]]:
        """Read a row, and give what is wrong with it."""
        row, problems = Row(number), []
        for target in self.targets:
            cell = plain(cells[target.place]) if target.place < len(cells) else None
            if cell is None:
                continue
            try:
                self._fill(row, target, cell)
            except FieldError as error:
                problems.append(RowProblem(number, target.column, error.problem, error.fix))
        row.known_by = tuple(self._known_by(row.contact))
        return row, problems or list(self._lacking(row))

    def column_of(self, name: str) -> str:
        """Give the column that fills a field, "" where none does."""
        return next((t.column for t in self.targets if t.name == name and not t.of_contact), "")

    def _fill(self, row: Row, target: Target, cell: Any) -> None:
        name = target.name
        if target.of_contact:
            row.contact[name] = self._read(self.of_contact, name, cell)
        elif name == "stage":
            row.stage = self._stage(text_of(cell))
        else:
            row.values[name] = self._read(self.own, name, cell)

    def _read(self, known: Mapping[str, ElementField], name: str, cell: Any) -> Any:
        if name == "title":
            return read_title(text_of(cell))
        if name == "responsible":
            return read_responsible(person_of(text_of(cell), self.manner), self.knowledge)
        return read_value(self.knowledge, known, name, value_of(known[name], cell, self.manner))

    def _stage(self, text: str) -> str:
        if self.pipeline is None:
            raise FieldError("stage", "a stage without a pipeline", "say the pipeline of the import")
        named = ((stage.key, (stage.key, *all_of(stage.name))) for stage in self.pipeline.stages)
        return places.known_stage(self.pipeline, called(text, named) or text)

    def _known_by(self, contact: JsonObject) -> Iterator[tuple[str, str]]:
        """Give by what the contact is known, in the order of its columns."""
        type_ = self.knowledge.types.get(CONTACT)
        if contact and type_ is not None:
            known = identities(type_, contact)
            for value in contact.values():
                yield from sorted(
                    one for one in known if one[1] == value or (isinstance(value, list) and one[1] in value)
                )

    def _lacking(self, row: Row) -> Iterator[RowProblem]:
        """Give the keys that a row does not say."""
        if self.asked.key and row.values.get(self.asked.key) is None:
            column = self.column_of(self.asked.key)
            yield RowProblem(row.number, column, "the key is empty", "say by what the item is found")

    def _pipeline(self) -> Pipeline | None:
        if not self.asked.pipeline:
            if self.asked.stage:
                raise FieldError("stage", "a stage without a pipeline", "send the pipeline too")
            return None
        pipeline = places.known_pipeline(self.knowledge, self.asked.type, self.asked.pipeline)
        if self.asked.stage:
            places.known_stage(pipeline, self.asked.stage)
        return pipeline

    def _target(self, column: str, name: str, columns: Sequence[str]) -> Target:
        at = f"mapping.{column}"
        if column not in columns:
            fix = f"use some of: {', '.join(filter(None, columns))}"
            raise FieldError(at, f"the file has no column {column!r}", fix)
        of_contact = name.startswith(OF_CONTACT) and self.asked.type != CONTACT
        own = name.removeprefix(OF_CONTACT) if of_contact else name
        attributes = ("title",) if of_contact else OF_ITEM
        if own not in attributes:
            known = self.of_contact if of_contact else self.own
            self._check_field(known.get(own), name, at)
        return Target(columns.index(column), column, own, of_contact)

    def _check_field(self, known: ElementField | None, name: str, at: str) -> None:
        if known is None:
            fix = f"use some of: {', '.join(fillable(self.knowledge, self.asked.type))}"
            raise FieldError(at, f"there is no field {name!r}", fix)
        if known.kind == "link":
            raise FieldError(at, f"{name!r} is a link", "map columns to fields of the contact, like contact.phone")


def fillable(knowledge: Knowledge, type_: str) -> list[str]:
    """Give what columns can fill."""
    own = [key for key, known in knowledge.fields(type_).items() if known.kind != "link"]
    of = [] if type_ == CONTACT else [key for key, known in knowledge.fields(CONTACT).items() if known.kind != "link"]
    return [*OF_ITEM, *own, *(OF_CONTACT + key for key in of)]
