"""Who is meant, how they are reached, and who stands in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from automation.actions import Channel
from automation.documents import DocumentError
from automation.people import check_to, resolve
from automation.testing import CONTACT, NOW, PEOPLE, contact, deal, facts, named, record, shop
from contracts.items import Link


def person(id_: str, **changes: Any) -> Any:
    """Give the record of a person with changes."""
    known: dict[str, Any] = next((one for one in PEOPLE if one["id"] == id_), {"id": id_, "name": id_.title()})
    return record("person", id_, {**known, **changes})


def test_contact_is_reached_by_its_phone_or_email() -> None:
    known = facts(deal(to=(contact(),)), contact())
    (by_phone,) = resolve("contact", known, NOW, "phone").recipients
    assert (by_phone.whom, by_phone.name, by_phone.address) == (f"contact:{CONTACT}", "Maria", "+351912345678")
    assert by_phone.contact == CONTACT
    assert resolve("contact", known, NOW, "email").recipients[0].address == "maria@example.org"
    assert resolve("contact", known, NOW, "email").seen["contact.version"] == 4


def test_contact_without_a_phone_is_missing_with_words_and_never_an_error() -> None:
    silent = contact(phone=None)
    (one,) = resolve("contact", facts(deal(to=(silent,)), silent), NOW, "phone").recipients
    assert (one.whom, one.missing) == (f"contact:{CONTACT}", "the contact has no phone")
    (nobody,) = resolve("contact", facts(deal()), NOW, "phone").recipients
    assert (nobody.whom, nobody.missing) == ("contact", "the item has no contact")


def test_a_contact_that_is_deleted_is_not_reached_any_more_unless_it_lives_on_as_another() -> None:
    gone = contact().model_copy(update={"deleted": True})
    (nobody,) = resolve("contact", facts(deal(to=(gone,)), gone), NOW, "phone").recipients
    assert (nobody.whom, nobody.address, nobody.missing) == (f"contact:{CONTACT}", "", "the contact is deleted")
    link = Link(role="merged_into", type="contact", id=named("kept"))
    merged = gone.model_copy(update={"links": (link,)})
    (one,) = resolve("contact", facts(deal(to=(merged,)), merged), NOW, "phone").recipients
    assert (one.address, one.missing) == ("+351912345678", "")


PEOPLE_MEANT: list[tuple[Any, str, str]] = [
    ("responsible", "person:ann", "ann@shop.example"),
    ("supervisor", "person:rui", "rui@shop.example"),
    ({"user": "eva"}, "person:eva", "eva@shop.example"),
    ("item.delivery_by", "person:leo", "leo@shop.example"),
]


@pytest.mark.parametrize(("to", "whom", "address"), PEOPLE_MEANT)
def test_people_are_found_at_run_time(to: Any, whom: str, address: str) -> None:
    (one,) = resolve(to, facts(deal(delivery_by="leo")), NOW, "email").recipients
    assert (one.whom, one.address) == (whom, address)


def test_task_for_a_role_is_one_and_a_message_goes_to_each_active_member() -> None:
    (task,) = resolve({"role": "warehouse"}, facts(deal()), NOW, "person").recipients
    assert (task.whom, task.missing) == ("role:warehouse", "")
    mails = resolve({"role": "warehouse"}, facts(deal()), NOW, "email").recipients
    assert [one.whom for one in mails] == ["person:eva", "person:leo"]
    knowledge = shop(extra=(person("eva", active=False),))
    assert [
        one.whom for one in resolve({"role": "warehouse"}, facts(deal(), knowledge=knowledge), NOW, "email").recipients
    ] == ["person:leo"]


def test_task_for_a_department_is_one_and_for_an_empty_one_nobody_can_be_asked() -> None:
    knowledge = shop(extra=(person("eva", department="store"), person("leo", department="store", active=False)))
    found = resolve({"department": "store"}, facts(deal(), knowledge=knowledge), NOW, "person")
    ((task,), seen) = (found.recipients, found.seen)
    assert (task.whom, task.address, seen) == ("department:store", "store", {"department:store": ["eva"]})
    (nobody,) = resolve({"department": "moon"}, facts(deal(), knowledge=knowledge), NOW, "person").recipients
    assert (nobody.address, nobody.missing) == ("", "nobody is in the department moon")


@pytest.mark.parametrize("channel", ["person", "email", "notice"])
def test_role_without_members_is_missing(channel: Channel) -> None:
    (one,) = resolve({"role": "lawyers"}, facts(deal()), NOW, channel).recipients
    assert (one.whom, one.missing) == ("role:lawyers", "nobody has the role lawyers")


GROUPS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    # Who is inactive is told nothing, and their deputy is told in their place, once.
    ("role", {"active": False, "deputy": "ann"}, ["person:ann", "person:leo"], ["Eva is inactive: Ann, the deputy"]),
    ("role", {"active": False, "deputy": "leo"}, ["person:leo"], ["Eva is inactive: Leo, the deputy"]),
    ("role", {"active": False, "supervisor": "rui"}, ["person:leo"], []),
    ("department", {"active": False, "deputy": "ann"}, ["person:ann", "person:leo"], ["Eva is inactive: Ann"]),
    ("department", {}, ["person:eva", "person:leo"], []),
]


@pytest.mark.parametrize("channel", ["email", "notice"])
@pytest.mark.parametrize(("way", "changes", "whom", "notes"), GROUPS)
def test_each_of_a_group_is_told_and_deputies_of_who_is_not_there(
    way: str, changes: dict[str, Any], whom: list[str], notes: list[str], channel: Channel
) -> None:
    extra = (person("eva", department="store", **changes), person("leo", department="store"))
    to = {way: {"role": "warehouse"}.get(way, "store")}
    found = resolve(to, facts(deal(), knowledge=shop(extra=extra)), NOW, channel)
    assert sorted(one.whom for one in found.recipients) == whom
    assert [note.startswith(words) for note, words in zip(found.notes, notes, strict=True)] == [True] * len(notes)


def test_of_a_group_that_is_gone_the_stand_ins_are_told_and_who_is_away_hears_it_on_coming_back() -> None:
    gone = (person("eva", active=False, supervisor="ann"), person("leo", active=False))
    found = resolve({"role": "warehouse"}, facts(deal(), knowledge=shop(extra=gone)), NOW, "notice")
    assert [one.whom for one in found.recipients] == ["person:ann", "person:rui"]
    assert found.notes == (
        "Eva is inactive: Ann, the supervisor, stands in",
        "Leo is inactive: Rui, the pipeline's owner, stands in",
    )
    away = (person("eva", absences=[AWAY]), person("leo", absences=[AWAY], deputy="ann"))
    found = resolve({"role": "warehouse"}, facts(deal(), knowledge=shop(extra=away)), NOW, "notice")
    assert [one.whom for one in found.recipients] == ["person:eva", "person:ann"]
    (nobody,) = resolve({"department": "moon"}, facts(deal()), NOW, "notice").recipients
    assert nobody.missing == "nobody is in the department moon"


STAND_INS: list[tuple[dict[str, Any], str, str]] = [
    ({"deputy": "eva"}, "person:eva", "Ann is inactive: Eva, the deputy, stands in"),
    ({}, "person:rui", "Ann is inactive: Rui, the supervisor, stands in"),
    ({"supervisor": None}, "person:rui", "Ann is inactive: Rui, the pipeline's owner, stands in"),
    ({"deputy": "ann"}, "person:rui", "Ann is inactive: Rui, the supervisor, stands in"),
]


@pytest.mark.parametrize(("changes", "whom", "note"), STAND_INS)
def test_inactive_user_falls_back_and_a_note_says_so(changes: dict[str, Any], whom: str, note: str) -> None:
    knowledge = shop(extra=(person("ann", active=False, **changes),))
    found = resolve("responsible", facts(deal(), knowledge=knowledge), NOW)
    assert (found.recipients[0].whom, found.notes) == (whom, (note,))


def test_nobody_is_left() -> None:
    gone = tuple(person(id_, active=False) for id_ in ("ann", "rui"))
    (one,) = resolve("responsible", facts(deal(), knowledge=shop(extra=gone)), NOW).recipients
    assert (one.whom, one.missing) == ("person:ann", "Ann is inactive and nobody stands in")
    (none,) = resolve("responsible", facts(deal(responsible=None)), NOW).recipients
    assert none.missing == "the item has no responsible"
    (empty,) = resolve("item.delivery_by", facts(deal()), NOW).recipients
    assert empty.missing == "item.delivery_by is empty"


AWAY = {"first": "2026-03-01", "last": "2026-03-02"}
ABSENT: list[tuple[dict[str, Any], str, str]] = [
    ({"absences": [{**AWAY, "deputy": "leo"}], "deputy": "eva"}, "leo", "Leo, the deputy for these days, stands in"),
    ({"absences": [AWAY], "deputy": "eva"}, "eva", "Eva, the deputy, stands in"),
    ({"absences": [{**AWAY, "deputy": "gone"}]}, "rui", "Rui, the supervisor, stands in"),
]


@pytest.mark.parametrize(("changes", "whom", "words"), ABSENT)
def test_who_is_away_is_replaced_on_those_days(changes: dict[str, Any], whom: str, words: str) -> None:
    knowledge = shop(extra=(person("ann", **changes), person("gone", active=False)))
    found = resolve("responsible", facts(deal(), knowledge=knowledge), NOW)
    assert (found.recipients[0].whom, found.notes) == (f"person:{whom}", (f"Ann is away until 2026-03-02: {words}",))
    for day in (timedelta(days=1), timedelta(days=-2)):
        there = resolve("responsible", facts(deal(), knowledge=knowledge), NOW + day)
        assert (there.recipients[0].whom, there.notes) == ("person:ann", ())


def test_who_is_away_without_anyone_to_stand_in_is_asked_all_the_same() -> None:
    alone = shop(extra=(person("ann", absences=[AWAY], supervisor=None), person("rui", absences=[AWAY])))
    found = resolve("responsible", facts(deal(), knowledge=alone), NOW, "email")
    assert (found.recipients[0].address, found.notes) == (
        "ann@shop.example",
        ("Ann is away until 2026-03-02 and nobody stands in",),
    )


def test_days_of_an_absence_are_those_of_the_persons_own_zone() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    knowledge = shop(extra=(person("ann", absences=[AWAY], deputy="eva", zone="Asia/Tokyo"),))
    assert resolve("responsible", facts(deal(), knowledge=knowledge), late).recipients[0].whom == "person:ann"
    assert resolve("responsible", facts(deal(), knowledge=knowledge), NOW).recipients[0].whom == "person:eva"


@pytest.mark.parametrize("channel", ["phone", "email", "notice", "person", "audience"])
@pytest.mark.parametrize("to", ["contact", "responsible", "supervisor", {"role": "x"}, {"user": "x"}, "item.x"])
def test_there_is_always_someone_named_and_reached_or_missing(to: Any, channel: Channel) -> None:
    for one in resolve(to, facts(deal(responsible="x")), NOW, channel).recipients:
        assert one.whom
        assert one.address or one.missing


@pytest.mark.parametrize("to", ["boss", "", {"team": "x"}, {"role": "a", "user": "b"}, {}])
def test_what_names_nobody_is_refused(to: Any) -> None:
    with pytest.raises(DocumentError, match="names nobody"):
        check_to(to, "do.send-sms.to")
