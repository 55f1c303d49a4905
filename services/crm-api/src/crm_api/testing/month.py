"""A month in a shop, made by a seed: all timing kinds, leaves, returns, signals, changing dates, chains, triggers."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

Json = dict[str, Any]
PIPELINE = "deal/month"
# A Monday.
BEGIN = datetime(2030, 3, 4, 8, 0, tzinfo=UTC)
TYPES: dict[str, list[Json]] = {
    "contact": [
        {"key": "name", "kind": "string"},
        {"key": "phone", "kind": "phone"},
        {"key": "email", "kind": "email"},
        {"key": "birthday", "kind": "date"},
    ],
    "deal": [
        {"key": "amount", "kind": "money"},
        {"key": "payment_due", "kind": "date"},
        {"key": "urgent", "kind": "boolean"},
        {"key": "wish", "kind": "text"},
    ],
}
WEEK = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(5)}
PEOPLE: dict[str, Json] = {
    "mara": {"name": "Mara", "email": "mara@shop.example", "phone": "+351910000001", "supervisor": "rui"},
    "rui": {"name": "Rui", "email": "rui@shop.example", "role": "warehouse"},
    "eva": {"name": "Eva", "email": "eva@shop.example", "weekly": {str(day): [["10:00", "16:00"]] for day in range(6)}},
}
CALENDAR = {"zone": "Europe/Lisbon", "weekly": WEEK, "holidays": ["2030-03-19"]}


def sms(text: str, to: str = "contact") -> Json:
    """Give the action that sends a text."""
    return {"send-sms": {"to": to, "text": text}}


def rule(key: str, do: Json, timing: Json | None = None, **parts: Any) -> Json:
    """Write a rule."""
    return {"key": key, "do": do, "timing": timing or {}, **parts}


def trigger(key: str, on: str, **parts: Any) -> Json:
    """Write a trigger."""
    return {"key": key, "on": on, **parts}


STAGES: list[Json] = [
    {
        "key": "new",
        "rules": [
            rule("greet", sms("Welcome, {{ contact.name }}")),
            rule("confirm", sms("We have your wish: {{ item.wish }}"), {"after_previous": "2 hours"}),
            rule(
                "nudge",
                sms("Still interested in {{ item.title }}?"),
                {"after": "2 days", "working_time": "portal"},
                when={"all": [{"field": "item.amount", "greater": "500 EUR"}]},
            ),
            rule("give", {"assign": {"to": "round-robin", "among": {"people": ["eva", "mara"]}}}, {"after": "1 day"}),
            rule("drift", {"move-item": {"stage": "talks"}}, {"after": "6 days"}),
            rule("later", sms("The spring sale begins"), {"at": "2030-03-18T10:00"}, keep_on_leave=True),
        ],
    },
    {
        "key": "talks",
        "rules": [
            rule("plan", {"create-task": {"to": "responsible", "title": "Call {{ contact.name }}"}}),
            rule("read", sms("You have read our offer"), {"wait_for": "document.opened", "at_most": "3 days"}),
            rule("unread", sms("Our offer waits"), {"after_previous": "0 minutes", "on_previous": "timed_out"}),
            rule("weekly", sms("News for {{ contact.name }}"), {"every": "11:00", "days": ["monday", "thursday"]}),
            rule("own", sms("I am here for you"), {"after": "5 hours", "working_time": "responsible"}),
            rule("rush", {"change-item": {"fields": {"urgent": "true"}}}, {"after": "9 days"}),
        ],
    },
    {
        "key": "documents",
        "triggers": [
            trigger("urgent", "field.changed", filter={"field": "urgent"}),
            trigger("asks", "form.submitted"),
        ],
        "rules": [
            rule("contract", {"create-document": {"template": "contract"}}),
            rule("mail", sms("Your contract: {{ results.contract.url }}"), {"after_previous": "0 minutes"}),
            rule(
                "remind",
                sms("{{ item.amount }} is due on {{ item.payment_due }}"),
                {"before": "item.payment_due", "by": "1 day", "at": "10:00", "if_past": "skip"},
            ),
            rule("late", sms("Payment is late"), {"after_date": "item.payment_due", "by": "2 days", "at": "12:00"}),
            rule("quiet", sms("Nothing has changed"), {"after": "4 days", "since": "last_change"}),
            rule("give-up", {"move-item": {"stage": "lost"}}, {"after": "12 days"}),
        ],
    },
    {
        "key": "paid",
        "kind": "success",
        "triggers": [trigger("pays", "payment.received")],
        "rules": [
            rule("prepare", {"create-task": {"to": {"role": "warehouse"}, "title": "Prepare {{ item.title }}"}}),
            rule("wishes", sms("Happy birthday"), {"anniversary": "contact.birthday", "by": "1 day", "at": "10:00"}),
            rule(
                "again", {"repeat-sale": {"pipeline": PIPELINE, "title": "{{ item.title }} again"}}, {"after": "5 days"}
            ),
        ],
    },
    {
        "key": "lost",
        "kind": "failure",
        "triggers": [trigger("returns", "visit", allow_backward=True)],
        "rules": [rule("why", sms("What could we do better?"), {"after": "1 day", "working_time": "portal"})],
    },
]
DOCUMENT: Json = {"name": "A month", "owner": "mara", "stages": STAGES}
Do = Literal["contact", "deal", "move", "change", "birthday", "delete", "signal"]
MAKING = ("contact", "deal")
SIGNALS = ("document.opened", "payment.received", "form.submitted", "visit")
OPEN = ("new", "talks", "documents")


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did with the deal of a client, so long after the begin of the month."""

    after: timedelta
    client: int
    do: Do
    values: Json = field(default_factory=dict)


def deeds(seed: int, clients: int, *, days: int = 30) -> list[Deed]:
    """Make what happened in a month, in order."""
    chosen = random.Random(seed)  # noqa: S311  the same month each time
    made = [one for client in range(clients) for one in life(chosen, client, days)]
    return sorted(made, key=lambda one: one.after)


def gathered(made: Iterable[Deed], days: int) -> dict[timedelta, list[Deed]]:
    """Gather deeds at one moment of every few days, one for each client at most, besides what makes the client.

    The moments are those of no rule that counts in days from another of them.
    """
    found: dict[timedelta, dict[tuple[int, bool], list[Deed]]] = {}
    for deed in made:
        number = deed.after // timedelta(days=days)
        at = number * timedelta(days=days, minutes=7)
        of_client = found.setdefault(at, {}).setdefault((deed.client, deed.do in MAKING), [])
        if deed.do in MAKING or ((deed.client, True) not in found[at] and not of_client):
            of_client.append(deed)
    return {at: [deed for deeds_ in groups.values() for deed in deeds_] for at, groups in found.items()}


def life(chosen: random.Random, client: int, days: int) -> Iterator[Deed]:
    """Make what happens with one client."""
    born = date(1980, chosen.randint(3, 4), chosen.randint(1, 28)).isoformat()
    told = {"name": f"Client {client}", "phone": f"+35191{client:07d}", "birthday": born}
    after = timedelta(days=chosen.uniform(0, days / 2))
    yield Deed(after, client, "contact", told)
    deal = {"amount": f"{chosen.randint(1, 20) * 100} EUR", "wish": "A table", **due(chosen, days)}
    yield Deed(after, client, "deal", {"title": f"Deal {client}", "fields": deal})
    for _ in range(chosen.randint(1, 6)):
        after += timedelta(days=chosen.uniform(0.2, days / 4))
        if after < timedelta(days=days):
            yield step(chosen, client, after, days)


def step(chosen: random.Random, client: int, after: timedelta, days: int) -> Deed:
    """Make one thing that happens with a client."""
    do = chosen.choices(("move", "change", "signal", "birthday", "delete"), (40, 25, 28, 4, 3))[0]
    if do == "move":
        return Deed(after, client, "move", {"stage": chosen.choice((*OPEN, "talks", "documents", "lost"))})
    if do == "change":
        amount = {"amount": f"{chosen.randint(1, 20) * 100} EUR"}
        return Deed(after, client, "change", chosen.choice((due(chosen, days), amount, {"wish": "A chair"})))
    if do == "birthday":
        return Deed(after, client, "birthday", {"birthday": f"1980-04-{chosen.randint(1, 28):02d}"})
    if do == "signal":
        return Deed(after, client, "signal", {"kind": chosen.choice(SIGNALS)})
    return Deed(after, client, "delete")


def due(chosen: random.Random, days: int) -> Json:
    """Make a date to pay by, which may be none."""
    if chosen.random() < 0.3:
        return {"payment_due": None}
    return {"payment_due": (BEGIN.date() + timedelta(days=chosen.randint(2, days))).isoformat()}
