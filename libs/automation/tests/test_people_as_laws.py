"""Who is meant, whoever is away: a random company against plain statements, by the general path and compiled rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.actions import Channel
from automation.assignment import available, least_busy, next_in_turn
from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.people import Found, absence, check_to, is_there, resolve
from automation.testing import NOW, deal, facts, pipeline, record, shop
from contracts.people import Among, Person
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
IDS = ("ann", "eva", "leo", "rui")
TODAY = NOW.date()
CHANNELS = st.sampled_from(["person", "email", "phone", "notice"])
DAYS = st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n))
SOMEBODY = st.none() | st.sampled_from([*IDS, "nobody"])


@st.composite
def absences(draw: st.DrawFn) -> Json:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return {"first": first.isoformat(), "last": last.isoformat(), "deputy": draw(SOMEBODY)}


def person(id_: str) -> st.SearchStrategy[Json]:
    told = {"id": st.just(id_), "name": st.just(id_.title()), "email": st.sampled_from(["", f"{id_}@shop.example"])}
    place = {"role": st.sampled_from(["", "warehouse"]), "department": st.sampled_from(["", "sales"])}
    ways = {"supervisor": SOMEBODY, "deputy": SOMEBODY, "active": st.booleans(), "phone": st.sampled_from(["", "+351"])}
    return st.fixed_dictionaries({**told, **place, **ways, "absences": st.lists(absences(), max_size=2)})


@st.composite
def companies(draw: st.DrawFn) -> Knowledge:
    people = [record("person", id_, draw(person(id_))) for id_ in IDS]
    return shop(extra=(*people, pipeline(owner=draw(SOMEBODY) or "")))


def meant(knowledge: Knowledge, to: Any, channel: Channel = "email", responsible: str | None = "ann") -> Found:
    return resolve(to, facts(deal(responsible=responsible), knowledge=knowledge), NOW, channel)


def there(id_: str | None, knowledge: Knowledge) -> bool:
    """Say whether somebody is there, said anew: active, and today lies in no absence of theirs."""
    one = knowledge.people.get(id_ or "")
    return one is not None and one.active and not any(a.first <= TODAY <= a.last for a in one.absences)


def today(one: Person) -> list[str | None]:
    """Give the deputies of the first absence that holds today."""
    return [a.deputy for a in one.absences if a.first <= TODAY <= a.last][:1]


@settings(max_examples=40)
@given(companies(), st.sampled_from([*IDS, "nobody"]), CHANNELS)
def test_a_person_else_the_nearest_who_is_there_is_asked(knowledge: Knowledge, id_: str, channel: Channel) -> None:
    one = knowledge.people.get(id_)
    near = [*today(one), one.deputy, one.supervisor] if one else []
    order = [id_, *near, knowledge.pipelines["deal/retail"].owner]
    chosen = next((way for way in order if there(way, knowledge)), None)
    (found,) = meant(knowledge, {"user": id_}, channel).recipients
    if chosen is None and one is not None and one.active:
        chosen = id_  # finds it on coming back
    assert found.whom == f"person:{chosen or id_}"
    assert bool(found.missing) is (chosen is None or not found.address)


@settings(max_examples=40)
@given(companies(), st.sampled_from(["role", "department"]), st.sampled_from(["email", "notice"]))
def test_of_a_group_each_who_is_there_hears_it_once_and_whoever_else_stands_in(
    knowledge: Knowledge, way: str, channel: Channel
) -> None:
    name = {"role": "warehouse", "department": "sales"}[way]
    found = meant(knowledge, {way: name}, channel)
    members = [one for one in knowledge.people.values() if getattr(one, way) == name]
    told = [one.whom.removeprefix("person:") for one in found.recipients]
    assert len(set(told)) == len(told)
    assert {one.id for one in members if there(one.id, knowledge)} <= set(told)
    for id_ in told:
        # Nobody inactive is told, but where nobody at all is left to say whom it should have reached.
        active = id_ in knowledge.people and knowledge.people[id_].active
        assert active or all(one.missing for one in found.recipients if one.whom == f"person:{id_}")
    stand_in = {*told} - {one.id for one in members} - {f"{way}:{name}"}
    assert all(there(id_, knowledge) for id_ in stand_in)
    assert len(found.notes) >= len(stand_in)


@settings(max_examples=40)
@given(companies(), st.sampled_from(["role", "department", "people"]))
def test_only_who_is_there_takes_a_turn_and_deputies_only_where_nobody_is(knowledge: Knowledge, way: str) -> None:
    among = {
        "role": Among(role="warehouse"),
        "department": Among(department="sales"),
        "people": Among(people=("leo", "ann")),
    }[way]
    names = {"role": "warehouse", "department": "sales"}
    of = [p.id for p in knowledge.people.values() if (p.id in among.people or getattr(p, way, "") == names.get(way))]
    chosen = available(among, knowledge, NOW)
    assert chosen == sorted(set(chosen))
    assert all(there(id_, knowledge) for id_ in chosen)
    present = sorted(id_ for id_ in of if there(id_, knowledge))
    assert chosen == present or not present


CANDIDATES = st.lists(st.sampled_from("abcdefg"), min_size=1, unique=True).map(sorted)


@given(CANDIDATES, st.sampled_from(["", *"abcdefgh"]))
@settings(max_examples=50)
def test_turns_reach_everybody_before_they_come_again(candidates: list[str], last: str) -> None:
    turns = []
    for _ in candidates:
        last = next_in_turn(candidates, last)
        turns.append(last)
    assert sorted(turns) == candidates
    assert next_in_turn(candidates, last) == turns[0]


@given(CANDIDATES, st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 3)), st.sampled_from(["", *"abcdefg"]))
@settings(max_examples=50)
def test_whoever_is_given_what_comes_in_the_work_evens_out(
    candidates: list[str], busy: dict[str, int], last: str
) -> None:
    load = {id_: busy.get(id_, 0) for id_ in candidates}
    missing = sum(max(load.values()) - has for has in load.values())
    for _ in range(missing):
        last = least_busy(candidates, load, last)
        assert load[last] == min(load.values())
        load[last] += 1
    assert len(set(load.values())) == 1


# --- days of absence, at their very edges, by the clocks of who is away ---

EDGES = [
    ("Europe/Lisbon", "2026-03-10T00:00", "2026-03-12T00:00"),
    ("Asia/Tokyo", "2026-03-10T00:00", "2026-03-12T00:00"),
    ("America/Sao_Paulo", "2018-11-04T01:00", "2018-11-06T00:00"),  # a day that begins at one o'clock
    ("Pacific/Kiritimati", "2026-03-10T00:00", "2026-03-12T00:00"),
    ("Europe/Lisbon", "2026-10-25T00:00", "2026-10-27T00:00"),  # a day of 25 hours
]


@pytest.mark.parametrize(("zone", "begins", "over"), EDGES)
@pytest.mark.parametrize("of", ["person", "portal"])
def test_an_absence_is_from_the_first_to_the_last_midnight_where_the_person_is(
    zone: str, begins: str, over: str, of: str
) -> None:
    begin, end = (datetime.fromisoformat(one).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in (begins, over))
    first, last = date.fromisoformat(begins[:10]), date.fromisoformat(over[:10]) - timedelta(days=1)
    away = {"first": first.isoformat(), "last": last.isoformat()}
    ann = {"id": "ann", "name": "Ann", "zone": zone if of == "person" else "", "absences": [away]}
    portal = record("portal", "portal", {"zone": zone if of == "portal" else "America/Denver"})
    knowledge = shop(extra=(portal, record("person", "ann", ann)))
    one, tick = knowledge.people["ann"], timedelta(microseconds=1)
    moments = (begin - tick, begin, end - tick, end)
    assert [absence(one, knowledge, at) is not None for at in moments] == [False, True, True, False]
    assert [is_there(one, knowledge, at) for at in moments] == [True, False, False, True]


def test_the_responsible_in_turn_is_crm_apis_to_find_and_on_no_other_channel() -> None:
    turn = "least-busy"
    (one,) = meant(shop(), turn, "crm").recipients
    assert (one.whom, one.address) == (turn, turn)
    (other,) = meant(shop(), turn, "notice").recipients
    assert other.missing == f"the item has no {turn}"
    (ann,) = meant(shop(), "responsible", "crm").recipients
    assert (ann.whom, ann.address) == ("person:ann", "ann")


OURS: list[Any] = ["responsible", "supervisor", "item.courier", {"role": "x"}, {"department": "x"}, {"user": "ann"}]
MAY: dict[Channel, list[Any]] = {
    "person": [*OURS, "contact"],
    "email": [*OURS, "contact"],
    "notice": OURS,
    "chat": ["contact"],
    "crm": ["responsible", "supervisor", "item.courier", {"user": "ann"}, "round-robin", "least-busy"],
}


@pytest.mark.parametrize("channel", MAY)
def test_each_channel_takes_whom_it_can_reach_and_says_whom_where_it_cannot(channel: Channel) -> None:
    for to in [*OURS, "contact", "round-robin", "least-busy", "boss", {}, {"role": "x", "user": "ann"}]:
        if to in MAY[channel]:
            check_to(to, "do.x.to", channel)
            continue
        with pytest.raises(DocumentError, match="names nobody") as refused:
            check_to(to, "do.x.to", channel)
        assert (refused.value.path, refused.value.fix[:6]) == ("do.x.to", "write ")
