"""A journal as it would stand after a month in which no rule did anything: simulations without servers."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from automation.desk.told import Telling
from automation.knowledge import Knowledge
from contracts.commands import ApplySignal
from contracts.config import KINDS, ConfigChanged
from contracts.envelope import Cause, Envelope
from contracts.ids import derived
from contracts.items import Item, Link
from contracts.signals import Identity, Signal

from crm_api.fields import read_values
from crm_api.record import journal
from crm_api.rules.pipelines import WrittenPipeline
from crm_api.simulation.circles import Circles
from crm_api.simulation.history import Entry, Recording
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.turn import Turn
from crm_api.testing import month
from crm_api.testing.month import BEGIN, PIPELINE, Deed

BEFORE = BEGIN - timedelta(days=1)
OWNER = "system"


def config(document: Mapping[str, Any] = month.DOCUMENT, number: int = 1) -> list[ConfigChanged]:
    """Give the records of the shop."""
    records: list[tuple[str, str, Any]] = [
        ("portal", "portal", {"zone": "Europe/Lisbon", "public_url": "https://shop.example"}),
        ("calendar", "portal", {"id": "portal", **month.CALENDAR}),
        ("template", "contract", {"id": "contract", "file": "c0ffee"}),
        *(("type", key, {"key": key, "fields": fields}) for key, fields in month.TYPES.items()),
        *(("person", key, {"id": key, **person}) for key, person in month.PEOPLE.items()),
    ]
    told = [changed(kind, id_, data, n) for n, (kind, id_, data) in enumerate(records, 1)]
    return [*told, *published(document, number, len(told))]


def published(
    document: Mapping[str, Any], number: int, revision: int = 100, *, by: str = OWNER
) -> tuple[ConfigChanged, ...]:
    """Give the records of the pipeline as a document has it."""
    written = WrittenPipeline.model_validate(document)
    rule_set = written.as_rule_set(PIPELINE, number, by)
    return (
        changed("rule-set", f"{PIPELINE}/{number}", rule_set, revision + 1),
        changed("pipeline", PIPELINE, written.as_pipeline(PIPELINE, number), revision + 2),
    )


def changed(kind: str, id_: str, data: Any, revision: int, at: datetime = BEFORE) -> ConfigChanged:
    """Give a record as crm-api announces it."""
    plain = KINDS[kind].model_validate(data).model_dump(mode="json")
    return ConfigChanged(kind=kind, id=id_, revision=revision, data=plain, changed_at=at)


class Shadow:
    """Does what people did, and nothing else; gives what the journal would have of it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.record = MemoryRecord()
        self.record.knowledge = knowledge
        self.count = 0

    def entries(self, deeds: Iterable[Deed]) -> Iterator[Entry]:
        """Do these deeds, each at a moment of its own."""
        for n, deed in enumerate(deeds):
            now = BEGIN + deed.after + timedelta(microseconds=n)
            self.count += 1
            told = [self._signal(deed, now)] if deed.do == "signal" else self._do(deed, now)
            yield from map(entry, told)

    def _do(self, deed: Deed, now: datetime) -> list[Telling]:
        root = derived("deed", self.count)
        turn = Turn(self.record, Circles(), Cause(root, root, actor="user:mara"), now)
        draft = turn.draft(contact_id(deed) if deed.do == "birthday" else deal_id(deed))
        if deed.do in {"contact", "deal"}:
            self._make(turn, deed)
        elif draft is None or draft.item.deleted:
            return []
        elif deed.do == "move":
            turn.move(draft.item.id, "", deed.values["stage"], "")
        elif deed.do == "delete":
            draft.delete()
        else:
            turn.set_fields(draft.item.id, deed.values, "")
        return turn.announce()

    def _make(self, turn: Turn, deed: Deed) -> None:
        bare = {"version": 0, "entered_at": turn.now, "created_at": turn.now}
        if deed.do == "contact":
            draft = turn.make(Item.model_validate({"id": contact_id(deed), "type": "contact", **bare}), None, "")
            given = {**deed.values, "name": deed.values["name"]}
        else:
            item = Item.model_validate({"id": deal_id(deed), "type": "deal", "pipeline": PIPELINE, **bare})
            draft = turn.make(item, turn.knowledge.pipelines[PIPELINE], "new")
            given = {**deed.values["fields"], "title": deed.values["title"], "responsible": "mara"}
            draft.add_link(Link(role="contact", type="contact", id=contact_id(deed)))
        draft.put(*read_values(turn.knowledge, draft.item.type, given))

    def _signal(self, deed: Deed, now: datetime) -> Telling:
        phone = Identity(kind="phone", value=phone_of(deed.client))
        signal = Signal(
            id=derived("signal", self.count),
            kind=deed.values["kind"],
            source="source/site",
            happened_at=now,
            identities=(phone,),
        )
        id_ = derived("apply", signal.id)
        cause = Cause(signal.id, signal.id, actor="service:trigger-gateway")
        command = ApplySignal(signal=signal, config=self.record.knowledge.revision)
        return Telling(Envelope(id_, command.TYPE, "/trigger-gateway", "", now, cause), command)


def entry(telling: Telling) -> Entry:
    """Give the entry of the journal that a message makes."""
    envelope = telling.envelope
    kept = journal.entry(envelope, "", telling.data.model_dump_json().encode(), envelope.time)
    return Entry(kept.at, kept.kind, kept.body)


def recording(deeds: Iterable[Deed], days: int = 30, document: Mapping[str, Any] = month.DOCUMENT) -> Recording:
    """Give what the journal would have of a month."""
    records = config(document)
    happened = tuple(Shadow(Knowledge.of(records)).entries(deeds))
    return Recording(BEGIN, BEGIN + timedelta(days=days), tuple(map(config_entry, records)), happened=happened)


def config_entry(change: ConfigChanged) -> Entry:
    """Give the entry of a change of the config."""
    id_ = derived("config", change.kind, change.id, change.revision)
    return entry(Telling(Envelope(id_, change.TYPE, "/crm-api", "", change.changed_at, Cause(id_, id_)), change))


def contact_id(deed: Deed) -> UUID:
    """Give the id of a client's contact."""
    return derived("contact", deed.client)


def deal_id(deed: Deed) -> UUID:
    """Give the id of a client's deal."""
    return derived("deal", deed.client)


def phone_of(client: int) -> str:
    """Give the phone by which a client is known."""
    return f"+35191{client:07d}"
