"""What is left of texts and bodies when a person is erased: ids, places and times; no words of theirs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.commands import ApplySignal
from contracts.consents import CONSENTS
from contracts.data import JsonObject
from contracts.elements import ElementType, FieldKind
from contracts.executions import ExecutionRow, ExecutionRows
from contracts.items import Item
from contracts.redacting import ERASED, bare_event, bare_row

from crm_api.record.rebuilding import EVENTS

SHORTEST = 3
FREE_TEXT = 20
TELLING: frozenset[FieldKind] = frozenset({"string", "text", "phone", "email", "url", "address", "chat"})
# What a line of a timeline says beside words: who did it, where to, and which trigger or signal it was.
STRUCTURE = frozenset(
    {"actor", "correlation", "causation", "stage", "from", "to", "pipeline", "from_pipeline", "suppressed", "hops"}
    | {"id", "kind", "signal", "signal_kind", "source", "trigger", "on", "moved", "happened_at", "field", "other"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one person: what their own fields ever said."""

    texts: frozenset[str]

    @classmethod
    def of(cls, told: Iterable[Item], type_: ElementType | None, written: Iterable[str] = ()) -> "Words":
        """Gather the words of a person from all that their record ever was, and what they wrote themselves."""
        own = (text for item in told for text in texts_of(item, type_) if len(text) >= SHORTEST)
        return cls(frozenset((*own, *written)))

    def scrub(self, value: Any) -> Any:
        """Give a value of JSON whose texts say none of these words."""
        if isinstance(value, str):
            return self._pattern().sub(ERASED, value) if self.texts else value
        if isinstance(value, list):
            return [self.scrub(one) for one in value]
        return {key: self.scrub(one) for key, one in value.items()} if isinstance(value, dict) else value

    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.texts, key=lambda text: (-len(text), text))
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

    def scrubbed(self, item: Item) -> Item:
        """Give another item that says none of these words."""
        return item.model_copy(update={"title": self.scrub(item.title), "fields": self.scrub(item.fields)})


def written(body: JsonObject) -> Iterator[str]:
    """Give the free texts that a person wrote, from the entry of a signal; what is shorter names a thing, not them."""
    return (text for text in strings(body["data"]["signal"]["payload"]) if len(text) >= FREE_TEXT)


def texts_of(item: Item, type_: ElementType | None) -> Iterator[str]:
    """Give the texts of a person's record by which they can be known."""
    yield item.title
    kinds = {field.key: field.kind for field in type_.fields} if type_ else {}
    for key, value in item.fields.items():
        if key != CONSENTS and kinds.get(key, "text") in TELLING:
            yield from strings(value)


def strings(value: Any) -> Iterator[str]:
    """Give the texts inside a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def journalled(kind: str, body: JsonObject, contact: UUID, words: Words) -> JsonObject:
    """Give an entry of the journal that tells nothing of a person."""
    if kind in EVENTS:
        event = EVENTS[kind].model_validate(body["data"])
        bare = bare_event(event, frozenset({contact}))
        if bare.item.id != contact:
            bare = bare.model_copy(update={"item": words.scrubbed(bare.item)})
        data = bare.model_dump(mode="json")
        return {**body, "data": {**data, "changed": words.scrub(data["changed"])}}
    if kind == ExecutionRows.TYPE:
        return {**body, "data": bare_row(ExecutionRow.model_validate(body["data"])).model_dump(mode="json")}
    if kind == ApplySignal.TYPE:
        signal = {**body["data"]["signal"], "payload": {}, "identities": [], "sets": None}
        return {**body, "data": {**body["data"], "signal": signal}}
    return {**body, "data": words.scrub(body["data"])}


def line(kind: str, body: JsonObject, words: Words, *, own: bool) -> JsonObject:
    """Give a line of a timeline that tells nothing of a person; of their own lines only the structure is left."""
    if kind == "rule":
        return bare_row(ExecutionRow.model_validate(body)).model_dump(mode="json")
    if own:
        return {key: value for key, value in body.items() if key in STRUCTURE}
    return {key: value if key in STRUCTURE else words.scrub(value) for key, value in body.items()}
