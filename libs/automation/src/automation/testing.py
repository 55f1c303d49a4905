"""A small shop to test decisions in: one pipeline, a deal, its contact, some people; any part can be replaced."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.config import KINDS, ConfigChanged
from contracts.ids import derived, rule_id
from contracts.items import Item, ItemStageChanged, Link, Suppression
from contracts.rules import Rule, RuleSetRef

from automation.facts import Facts
from automation.knowledge import Knowledge

# A Monday.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PIPELINE = "deal/retail"
REF = RuleSetRef(pipeline=PIPELINE, number=1)
CAUSE = derived("test", "cause")
CONTACT = derived("test", "contact")
DEAL = derived("test", "deal")
INVOICE = derived("test", "invoice")
SMS = {"send-sms": {"text": "hello"}}

Json = dict[str, Any]
STAGES: list[Json] = [
    {"key": "new"},
    {"key": "documents"},
    {"key": "paid", "kind": "success"},
    {"key": "lost", "kind": "failure"},
]
TYPES: list[Json] = [
    {
        "key": "deal",
        "fields": [
            {"key": "amount", "kind": "money"},
            {"key": "payment_due", "kind": "date"},
            {"key": "pieces", "kind": "integer"},
            {"key": "urgent", "kind": "boolean"},
            {"key": "colour", "kind": "choice"},
            {"key": "delivery_by", "kind": "string"},
            {"key": "contact", "kind": "link", "to": "contact"},
            {"key": "invoice", "kind": "link", "to": "invoice"},
        ],
    },
    {
        "key": "contact",
        "fields": [
            {"key": "phone", "kind": "phone"},
            {"key": "email", "kind": "email"},
            {"key": "birthday", "kind": "date"},
        ],
    },
    {"key": "invoice", "fields": [{"key": "pay_before", "kind": "date"}]},
]
PEOPLE: list[Json] = [
    {"id": "ann", "name": "Ann", "email": "ann@shop.example", "phone": "+351910000001", "supervisor": "rui"},
    {"id": "rui", "name": "Rui", "email": "rui@shop.example", "phone": "+351910000002"},
    {"id": "eva", "name": "Eva", "email": "eva@shop.example", "role": "warehouse"},
    {"id": "leo", "name": "Leo", "email": "leo@shop.example", "role": "warehouse"},
]


def rule(key: str, do: Mapping[str, Json] = SMS, *, stage: str = "new", **parts: Any) -> Rule:
    """Make a rule; by default it sends an SMS at once."""
    return Rule(id=rule_id(PIPELINE, stage, key), key=key, do=dict(do), **parts)


def record(kind: str, id_: str, data: Any, revision: int = 1) -> ConfigChanged:
    """Make a config record as crm-api announces it."""
    plain = KINDS[kind].model_validate(data).model_dump(mode="json")
    return ConfigChanged(kind=kind, id=id_, revision=revision, data=plain, changed_at=NOW)


def pipeline(**parts: Any) -> ConfigChanged:
    """Make the shop's pipeline."""
    data = {"id": PIPELINE, "type": "deal", "owner": "rui", "stages": STAGES, "rule_set": 1, **parts}
    return record("pipeline", PIPELINE, data)


def rules(*published: Rule, stage: str = "new", number: int = 1, waiting: str = "keep") -> ConfigChanged:
    """Make a rule set with these rules on one stage; `waiting` says what becomes of what waits on those before it."""
    stages = [{"stage": stage, "rules": [one.model_dump() for one in published]}]
    data = {"pipeline": PIPELINE, "number": number, "stages": stages, "published_by": "ann", "waiting": waiting}
    return record("rule-set", f"{PIPELINE}/{number}", data)


def shop(*published: Rule, extra: tuple[ConfigChanged, ...] = ()) -> Knowledge:
    """Give the shop's config with these rules on its first stage; `extra` records replace and add."""
    standard = [
        record("portal", "portal", {"zone": "Europe/Lisbon"}),
        *(record("type", one["key"], one) for one in TYPES),
        *(record("person", one["id"], one) for one in PEOPLE),
        record("connection", "meta", {"id": "meta", "provider": "meta"}),
        record("template", "contract", {"id": "contract", "file": "c0ffee", "title": "Contract"}),
        pipeline(),
        rules(*published),
    ]
    return Knowledge.of((*standard, *extra))


def contact(**fields: Any) -> Item:
    """Make the contact; its phone and email can be taken away with None."""
    known = {"phone": "+351912345678", "email": "maria@example.org", **fields}
    return Item(id=CONTACT, type="contact", version=4, entered_at=NOW, created_at=NOW, title="Maria", fields=known)


def invoice(**fields: Any) -> Item:
    """Make an invoice."""
    return Item(id=INVOICE, type="invoice", version=2, entered_at=NOW, created_at=NOW, title="No. 7", fields=fields)


def deal(*, to: tuple[Item, ...] = (), **parts: Any) -> Item:
    """Make the deal, linked to these items under their types' names; unknown parts are fields."""
    own = {name: parts.pop(name) for name in tuple(parts) if name in Item.model_fields}
    links = tuple(Link(role=one.type, type=one.type, id=one.id) for one in to)
    place = {"type": "deal", "pipeline": PIPELINE, "stage": "new", "activation": 1, "version": 7, "title": "Sofa"}
    times = {"entered_at": NOW, "created_at": NOW, "responsible": "ann"}
    return Item.model_validate({"id": DEAL, **place, **times, "links": links, "fields": parts, **own})


def entry(item: Item, *linked: Item, job: str | None = None) -> ItemStageChanged:
    """Make the event of the item's entry into its stage."""
    suppressed = Suppression(job=job) if job else None
    return ItemStageChanged(item=item, linked=linked, config=1, rule_set=REF, suppressed=suppressed)


def facts(item: Item, *linked: Item, knowledge: Knowledge | None = None, **parts: Any) -> Facts:
    """Make the facts about an item in the shop."""
    return Facts(item, linked, knowledge or shop(), **parts)


def at(written: str) -> datetime:
    """Read a moment in UTC, as `2026-03-02T10:00`."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def named(key: str) -> UUID:
    """Give an id for a name."""
    return derived("test", key)


def moved(item: Item, stage: str = "documents", **parts: Any) -> Item:
    """Give an item after its move to a stage."""
    place = {"stage": stage, "activation": item.activation + 1, "version": item.version + 1}
    return item.model_copy(update={**place, "entered_at": datetime.now(UTC), **parts})
