"""A history on a virtual clock: what is due in between fires at its moment, and answers come when history says."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.desk.said import Said
from automation.desk.told import Telling
from automation.knowledge import Knowledge
from automation.simulation.answers import Answers
from automation.simulation.replaying import Recorded, heard, replaying, reply
from automation.simulation.world import Arrival, Happened, World
from automation.testing import CONTACT, DEAL, NOW, contact, deal, entry, named, record, rule, shop
from contracts.actions import PerformAction
from contracts.config import ConfigChanged
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.executions import EffectSeen, ExecutionRow
from contracts.items import ItemChanged
from contracts.orders import CancelExecution
from contracts.rules import Rule
from typing_extensions import override

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CLIENT = contact()
TEXT = {"send-sms": {"to": "contact", "text": "Due {{ item.payment_due }}"}}


class Sending(Recorded):
    """The outside where nothing was recorded: all that is sent succeeds at once."""

    @override
    def answer(self, said: Said, telling: Telling, now: datetime) -> Iterator[Arrival]:
        """Answer what workers are asked."""
        if isinstance(said.data, PerformAction):
            for at, outcome in self.answers.to_action(said.data, self.knowledge, now):
                yield Arrival(at, reply(telling, outcome, at))


def telling(data: Data, after: timedelta = timedelta(), name: str = "event") -> Happened:
    id_ = named(name)
    envelope = Envelope(id_, data.TYPE, "/crm-api", "", NOW + after, Cause(id_, id_, actor="user:ann"))
    return Happened(NOW + after, Telling(envelope, data))


def lived(*rules: Rule, history: Iterable[Happened], until: timedelta = 30 * DAY, **parts: Any) -> World:
    world = World(shop(*rules, **parts), Sending(Answers({})))
    world.run(sorted(history, key=lambda one: one.at), NOW + until)
    return world


def entered(**fields: Any) -> Happened:
    return telling(entry(deal(to=(CLIENT,), **fields), CLIENT))


def changed(after: timedelta, version: int = 8, **fields: Any) -> Happened:
    item = deal(to=(CLIENT,), version=version, **fields)
    return telling(ItemChanged(item=item, linked=(CLIENT,), config=1), after, f"change {version}")


def sent(world: World) -> list[tuple[str, datetime]]:
    return [(effect.rule_key, effect.at) for effect in world.effects]


def states(world: World) -> dict[str, str]:
    return {row.rule_key: row.state for row in world.rows()}


def test_what_is_due_fires_at_its_moment_and_chains_go_on_from_there() -> None:
    rules = (rule("now"), rule("later", timing={"after": "2 days"}), rule("then", timing={"after_previous": "3 hours"}))
    world = lived(*rules, history=[entered()])
    assert sent(world) == [("now", NOW), ("later", NOW + 2 * DAY), ("then", NOW + 2 * DAY + 3 * HOUR)]
    assert set(states(world).values()) == {"succeeded"}


def test_nothing_is_due_after_the_end() -> None:
    world = lived(rule("later", timing={"after": "2 days"}), history=[entered()], until=DAY)
    assert (sent(world), states(world)) == ([], {"later": "waiting"})


def test_a_date_that_changes_moves_what_waits_and_the_text_says_what_holds_then() -> None:
    before = rule("remind", TEXT, timing={"before": "item.payment_due", "by": "1 day", "at": "10:00"})
    world = lived(before, history=[entered(payment_due="2026-03-09"), changed(DAY, payment_due="2026-03-20")])
    [effect] = world.effects
    assert (effect.at.date().isoformat(), effect.params, effect.whom) == (
        "2026-03-19",
        {"text": "Due 2026-03-20"},
        (f"contact:{CONTACT}",),
    )


def test_a_moment_that_was_past_is_late_and_the_clock_never_goes_back() -> None:
    late = rule("late", timing={"after_date": "item.payment_due", "by": "1 day"})
    world = lived(late, history=[entered(), changed(20 * DAY, payment_due="2026-03-21")])
    assert sent(world) == [("late", NOW + 20 * DAY)]


def test_what_a_linked_item_says_moves_what_waits_for_it() -> None:
    wishes = rule("wishes", timing={"before": "contact.birthday", "by": "1 day"})
    older = contact(birthday="2026-03-20")
    newer = older.model_copy(update={"version": 5, "fields": {**older.fields, "birthday": "2026-03-10"}})
    begun = telling(entry(deal(to=(older,)), older))
    told = telling(ItemChanged(item=newer, config=1), DAY, "birthday")
    world = lived(wishes, history=[begun, told])
    assert [at.date().isoformat() for _, at in sent(world)] == ["2026-03-09"]


def test_a_pause_holds_and_its_end_lets_go_on() -> None:
    held = [config("pause", "all", {"scope": "all", "paused": paused}, n) for n, paused in ((1, True), (2.5, False))]
    world = lived(rule("later", timing={"after": "2 days"}), history=[entered(), *held])
    assert sent(world) == [("later", NOW + 2.5 * DAY)]


def test_a_holiday_that_is_added_moves_what_waits() -> None:
    calendar = {"id": "portal", "zone": "Europe/Lisbon", "weekly": {day: [["09:00", "18:00"]] for day in range(5)}}
    later = rule("later", timing={"after": "2 days", "working_time": "portal"})
    holiday = config("calendar", "portal", {**calendar, "holidays": ["2026-03-04"]}, 1)
    before = record("calendar", "portal", calendar)
    world = lived(later, history=[entered(), holiday], extra=(before,))
    assert sent(world) == [("later", NOW + 3 * DAY)]
    [row] = world.rows()
    assert "calendar portal, revision 2, changed by user:ann: " in row.notes[-1].cause


def test_a_publish_that_migrates_takes_what_waits_along() -> None:
    stages = [{"stage": "new", "rules": [rule("later", timing={"after": "4 days"}).model_dump()]}]
    number = {"pipeline": "deal/retail", "number": 2, "stages": stages, "published_by": "ann", "waiting": "migrate"}
    history = [entered(), config("rule-set", "deal/retail/2", number, 1)]
    assert sent(lived(rule("later", timing={"after": "2 days"}), history=history)) == [("later", NOW + 4 * DAY)]


def test_what_a_person_orders_is_obeyed() -> None:
    [row] = lived(rule("later", timing={"after": "2 days"}), history=[entered()], until=DAY).rows()
    order = telling(CancelExecution(execution=row.id, item=DEAL, by="ann", reason="no"), DAY, "order")
    world = lived(rule("later", timing={"after": "2 days"}), history=[entered(), order])
    assert (sent(world), [one.reason for one in world.rows()]) == ([], ["cancelled by ann: no"])


def config(kind: str, id_: str, data: Any, days: float) -> Happened:
    change = record(kind, id_, data, revision=2).model_copy(update={"changed_by": "user:ann"})
    assert isinstance(change, ConfigChanged)
    return Happened(NOW + days * DAY, change)


# What history recorded.


def as_recorded(row: ExecutionRow, state: str, after: timedelta) -> ExecutionRow:
    """Give a row as it would have become, answered so long after it was sent."""
    assert row.dispatched_at is not None
    at = row.dispatched_at + after
    effect = {"id": named("effect"), "whom": f"contact:{CONTACT}", "state": state, "version": 3, "at": at}
    ended = {"sent": "succeeded", "failed": "failed"}[state]
    update = {"state": ended, "finished_at": at, "effects": (EffectSeen.model_validate(effect),)}
    return row.model_copy(update=update)


@pytest.mark.parametrize(("state", "then"), [("sent", "succeeded"), ("failed", "blocked")])
def test_an_answer_that_history_recorded_is_given_when_it_was(state: str, then: str) -> None:
    rules = (rule("now"), rule("then", timing={"after_previous": "1 hour"}))
    plain = lived(*rules, history=[entered()])
    first = next(row for row in plain.rows() if row.rule_key == "now")
    recorded = as_recorded(first, state, 5 * HOUR)
    world = World(shop(*rules), Sending(Answers({first.id: recorded})))
    world.run([entered()], NOW + DAY)
    assert states(world)["then"] == then
    assert sent(world)[1:] == ([("then", NOW + 6 * HOUR)] if state == "sent" else [])


def test_a_history_is_heard_when_its_plans_say_that_it_was() -> None:
    rules = (rule("now"), rule("then", timing={"after_previous": "1 hour"}))
    knowledge: Knowledge = shop(*rules)
    live = World(knowledge, Sending(Answers({})))
    # The scheduler heard of the entry seven seconds later.
    late = entered()
    live.run([Happened(late.at + timedelta(seconds=7), late.what)], NOW + DAY)
    recorded = {row.id: row for row in live.rows()}
    [moved] = heard([late], recorded)
    assert moved.at == NOW + timedelta(seconds=7)
    again = replaying(knowledge, recorded)
    again.run([moved], NOW + DAY)
    assert {row.id: row for row in again.rows()} == recorded
