"""Rights from roles, and what is left of them with a limited key."""

from datetime import UTC, datetime
from typing import Any

import pytest
from automation.knowledge import Knowledge
from chassis.principals import Principal
from contracts.config import ConfigChanged
from crm_api.access.api_keys import Scope, Secret
from crm_api.access.rights import Forbidden, Rights, of_person, rights_of

DEALS = {"type": "deal", "actions": ["read", "change"], "whose": "own"}
SEEN = {"type": "*", "actions": ["read"], "whose": "all"}
RECORDS: list[tuple[str, str, dict[str, Any]]] = [
    ("role", "seller", {"grants": [DEALS], "automation": {"deal": "read"}}),
    ("role", "author", {"automation": {"deal": "change", "lead": "read"}}),
    ("role", "viewer", {"grants": [SEEN], "automation": {"*": "read"}}),
    ("role", "admin", {"admin": True}),
    ("department", "sales", {"parent": "shop"}),
    ("department", "shop", {"parent": "sales"}),
    ("person", "sam", {"access": ["seller", "author", "gone"], "department": "shop"}),
    ("person", "vera", {"access": ["viewer"]}),
    ("person", "ada", {"access": ["seller", "admin"]}),
    ("person", "hana", {"department": "sales"}),
    ("person", "igor", {"access": ["admin"], "active": False}),
]


def company() -> Knowledge:
    named = {"role": "key", "department": "id", "person": "id"}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Knowledge.of(
        ConfigChanged(
            kind=kind, id=id_, revision=n, data={named[kind]: id_, "name": id_.title(), **record}, changed_at=at
        )
        for n, (kind, id_, record) in enumerate(RECORDS, 1)
    )


def of(person: str, scope: Scope | None = None) -> Rights:
    return rights_of(Principal(f"user:{person}", scope=scope), company())


def test_rights_of_several_roles_add_up_and_a_role_that_is_gone_gives_none() -> None:
    sam = of("sam")
    assert sam.automation == {"deal": "change", "lead": "read"}
    assert [sam.may_automate(type_, "change") for type_ in ("deal", "lead", "quote")] == [True, False, False]
    assert sam.reach("change").holds("deal", "deal/retail", "sam")
    assert not sam.reach("change").holds("deal", "deal/retail", "hana")
    assert not sam.reach("delete").touches("deal", "deal/retail")


def test_departments_that_lead_back_to_one_another_end() -> None:
    assert of("sam").colleagues == {"sam", "hana"}
    assert of("vera").colleagues == {"vera"}


def test_an_admin_may_everything_and_a_service_nothing_of_a_persons() -> None:
    ada, service = of("ada"), rights_of(Principal("service:action-workers"), company())
    assert ada.admin
    assert ada.reach("export").everything
    assert ada.may_automate("lead", "change")
    assert (service.admin, service.reach("read").places) == (False, ())


@pytest.mark.parametrize("person", ["igor", "nobody"])
def test_whoever_is_inactive_or_unknown_asks_for_nothing(person: str) -> None:
    with pytest.raises(Forbidden, match=f"you may not ask as user:{person}"):
        of(person)
    assert not of_person(f"user:{person}", company()).admin


def test_an_operator_of_the_deployment_may_everything_without_being_a_person() -> None:
    assert rights_of(Principal("user:manager", operator=True), Knowledge()).admin


def test_a_scope_takes_away_and_never_adds() -> None:
    reads = of("sam", Scope(actions=("read", "delete")))
    assert reads.reach("read").places == (("deal", "*", "own"),)
    assert (reads.reach("change").places, reads.reach("delete").places, reads.automation) == ((), (), {})
    wide = of("vera", Scope(types=("deal", "lead"), automation="change"))
    assert wide.reach("read").places == (("deal", "*", "all"), ("lead", "*", "all"))
    assert wide.automation == {"deal": "read", "lead": "read"}
    assert of("sam", Scope(types=("lead",))).reach("read").places == ()
    assert not of("ada", Scope(actions=("read",))).admin
    assert not of("sam", Scope(admin=True)).admin
    assert of("ada", Scope(admin=True)).admin


def test_a_reach_covers_what_it_holds_whoever_is_responsible() -> None:
    all_, own = of("vera").reach("read"), of("sam").reach("read")
    assert (all_.covers("deal", "deal/retail"), own.covers("deal", "deal/retail")) == (True, False)
    assert (own.touches("deal", "deal/retail"), own.touches("lead", "lead/web")) == (True, False)


def test_who_may_add_nothing_is_told_what_they_may_not() -> None:
    with pytest.raises(Forbidden, match="you may not add deal/retail"):
        of("vera").settled("deal", "deal/retail", None)
    with pytest.raises(Forbidden, match="you may not change the rules and triggers of lead"):
        of("sam").require_automation("lead", "change")
    with pytest.raises(Forbidden, match="you may not change person ann"):
        of("sam").require_admin("change", "person ann")


def test_a_key_is_read_back_as_it_was_made() -> None:
    made = Secret.new()
    read = Secret.read(made.text)
    assert read == made
    assert read.fits(made.digest)
    assert not Secret.new().fits(made.digest)
    assert [Secret.read(text) for text in ("", "sbx", "sbx_a", "abc_a_b", "sbx_a_b_c")] == [None] * 5
