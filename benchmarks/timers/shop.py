"""The shop whose timers fire: twelve stages of four rules, each an SMS with two comparisons and a text of its own."""

import functools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from automation.testing import record
from contracts.config import ConfigChanged
from contracts.ids import derived, rule_id
from contracts.items import Item, Link

STAGES = tuple(f"s{n}" for n in range(12))
GONE = "gone"  # the stage of those that left; it has no rules
RULES = 4
# The bits of an id behind those that say when it was born.
BIRTH = 80
# The step of rules that wait for working days.
WORKING = 0
PORTAL = {"zone": "Europe/Amsterdam", "currency": "EUR"}
WEEK = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(5)}
FIELDS = {
    "contact": {"name": "string", "phone": "phone", "email": "email", "language": "string", "zone": "string"},
    "deal": {
        "number": "string",
        "amount": "money",
        "ready_on": "date",
        "channel": "string",
        "city": "string",
        "product": "string",
        "notes": "text",
        "contact": "link",
    },
}
TEXT = (
    "Hello {{ contact.name }}, your order {{ item.number }} will be ready on {{ item.ready_on }}."
    " Questions? Just reply %02d."
)


def pipeline(step: int) -> str:
    """Name the pipeline whose rules wait by this step."""
    if step == WORKING:
        return "deal/in-working-time"
    return f"deal/{'every' if step > 0 else 'all-after'}-{abs(step)}"


def delay(step: int, n: int) -> timedelta:
    """Give how long a rule waits: a step, two, three or four; a negative step is the same for all four."""
    return timedelta(seconds=step * (n + 1) if step > 0 else -step)


def config(step: int) -> list[ConfigChanged]:
    """Give all records of the config; the revisions are counted by whoever publishes them."""
    return [
        record("portal", "portal", PORTAL),
        *([calendar()] if step == WORKING else ()),
        *(record("type", key, {"key": key, "fields": fields(key)}) for key in FIELDS),
        record("person", "ann", {"id": "ann", "name": "Ann", "email": "ann@shop.example"}),
        record("pipeline", pipeline(step), placed(step)),
        record("rule-set", f"{pipeline(step)}/1", rule_set(step)),
    ]


def fields(key: str) -> list[dict[str, Any]]:
    """Give the fields of a type."""
    return [{"key": f, "kind": k, **({"to": f} if k == "link" else {})} for f, k in FIELDS[key].items()]


def calendar(*holidays: str) -> ConfigChanged:
    """Give the company's calendar."""
    told = {"id": "portal", "zone": PORTAL["zone"], "weekly": WEEK, "holidays": holidays}
    return record("calendar", "portal", told)


def placed(step: int) -> dict[str, Any]:
    """Give the pipeline's own record."""
    stages = [{"key": stage} for stage in (*STAGES, GONE)]
    return {"id": pipeline(step), "type": "deal", "owner": "ann", "stages": stages, "rule_set": 1}


def rule_set(step: int) -> dict[str, Any]:
    """Give the rules of all stages."""
    stages = [{"stage": stage, "rules": [rule(step, stage, n) for n in range(RULES)]} for stage in STAGES]
    return {"pipeline": pipeline(step), "number": 1, "stages": stages, "published_by": "ann"}


def rule(step: int, stage: str, n: int) -> dict[str, Any]:
    """Give one rule."""
    number = STAGES.index(stage) * RULES + n
    more = {"field": "item.amount", "greater": f"{10 + number} EUR"}
    return {
        "id": str(rule_id(pipeline(step), stage, f"r{n}")),
        "key": f"r{n}",
        "timing": {"after": f"{20 + n} working days" if step == WORKING else f"{delay(step, n).seconds} seconds"},
        "when": {"all": [more, {"field": "item.channel", "equals": "sms"}]},
        "do": {"send-sms": {"to": "contact", "text": TEXT % number}},
        "catch_up": "run",
    }


@functools.cache
def rule_ids(step: int, stage: int) -> tuple[UUID, ...]:
    """Give the ids of the rules of a stage."""
    return tuple(rule_id(pipeline(step), STAGES[stage], f"r{n}") for n in range(RULES))


def born(kind: str, n: int) -> UUID:
    """Give an id that sorts by birth, as those that crm-api makes do: one is born after the other."""
    return UUID(int=n << BIRTH | derived(kind, n).int & ~(-1 << BIRTH))


def contact_id(n: int) -> UUID:
    """Give the id of a contact."""
    return born("bench-contact", n)


def deal_id(n: int) -> UUID:
    """Give the id of a deal."""
    return born("bench-deal", n)


def contact(n: int, at: datetime) -> Item:
    """Make the contact of a deal."""
    known = {"name": f"Jan{n % 1000} Jansen", "phone": f"+3161{n % 10**7:07d}", "email": f"jan{n}@example.org"}
    more = {"language": "nl", "zone": "Europe/Amsterdam"}
    place = {"id": contact_id(n), "type": "contact", "version": 1, "entered_at": at, "created_at": at}
    return Item.model_validate({**place, "title": known["name"], "fields": known | more})


def deal(step: int, n: int, at: datetime) -> Item:
    """Make a deal that entered its stage at a moment."""
    told = {
        "number": f"D-{n:07d}",
        "amount": f"{1000 + n % 9000} EUR",
        "ready_on": f"2027-01-{1 + n % 28:02d}",
        "channel": "sms",
        "city": "Rotterdam",
        "product": f"Heat pump {n % 40}",
        "notes": "lorem ipsum " * 22,
    }
    place = {"id": deal_id(n), "type": "deal", "pipeline": pipeline(step), "stage": STAGES[n % len(STAGES)]}
    times = {"entered_at": at, "created_at": at, "version": 1, "activation": 1, "responsible": "ann"}
    links = (Link(role="contact", type="contact", id=contact_id(n)),)
    return Item.model_validate({**place, **times, "title": f"Order {n}", "fields": told, "links": links})
