"""In a simulation a rule may do what its owner may, and fails where it would fail in life."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.commands import ChangeItem, CreateFromItem, ItemCommand, MoveItem
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import Item, Link
from crm_api.simulation.circles import Circles
from crm_api.simulation.commands import Done, carry_out
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.turn import Turn
from crm_api.testing import recorded
from crm_api.testing.month import BEGIN, PIPELINE

VIP = "deal/vip"
DEAL, CONTACT = derived("deal", 1), derived("contact", 1)
CHANGES = {"type": "deal", "pipeline": PIPELINE, "actions": ["read", "change"], "whose": "all"}
ADDS = {"type": "deal", "pipeline": VIP, "actions": ["read", "add"], "whose": "all"}
MEETS = {"type": "contact", "actions": ["read", "add"], "whose": "all"}
GRANTS: dict[str, list[dict[str, Any]]] = {
    "lars": [CHANGES, MEETS],
    "vera": [CHANGES, MEETS, ADDS],
    "olga": [CHANGES, MEETS, {**ADDS, "whose": "own"}],
    "blind": [{**CHANGES, "actions": ["change"]}],
    "alone": [CHANGES, ADDS, {**MEETS, "whose": "own"}],
}
COPY: dict[str, Any] = {"type": "deal", "pipeline": VIP, "purpose": "copy"}
TUNNEL: dict[str, Any] = {"stage": "open", "pipeline": VIP}


def company() -> Knowledge:
    """Give the shop with a second pipeline of deals, and people who may do more or less."""
    vip = {"id": VIP, "type": "deal", "stages": [{"key": "open"}], "rule_set": 1}
    records: list[ConfigChanged] = [recorded.changed("pipeline", VIP, vip, 200)]
    for n, (name, grants) in enumerate(GRANTS.items(), 201):
        person = {"id": name, "name": name.title(), "access": [name]}
        records.append(recorded.changed("role", name, {"key": name, "grants": grants}, n))
        records.append(recorded.changed("person", name, person, n))
    return Knowledge.of(recorded.config()).with_(records)


@pytest.fixture
def record() -> MemoryRecord:
    """Give a record of a deal and its contact, for whom nobody is responsible."""
    record = MemoryRecord()
    record.knowledge = company()
    turn = opened(record)
    bare = {"version": 0, "entered_at": BEGIN, "created_at": BEGIN}
    phone = {"phone": "+351910000009"}
    turn.make(Item.model_validate({"id": CONTACT, "type": "contact", "fields": phone, **bare}), None, "")
    deal = turn.make(
        Item.model_validate({"id": DEAL, "type": "deal", "pipeline": PIPELINE, **bare}),
        record.knowledge.pipelines[PIPELINE],
        "new",
    )
    deal.add_link(Link(role="contact", type="contact", id=CONTACT))
    turn.announce()
    return record


def opened(record: MemoryRecord) -> Turn:
    root = derived("cause", "root")
    return Turn(record, Circles(), Cause(root, root), BEGIN)


def done(record: MemoryRecord, owner: str, kind: type[ItemCommand], **more: Any) -> Done:
    """Carry a command of a rule out that somebody owns, on the deal."""
    told = {"execution": derived("execution", 1), "rule": derived("rule", 1), "config": 1, "item": DEAL}
    turn = opened(record)
    answer = carry_out(turn, kind.model_validate({**told, "owner": f"user:{owner}", **more}), {}, ())
    turn.announce()
    return answer


@pytest.mark.parametrize(("kind", "more"), [(MoveItem, TUNNEL), (CreateFromItem, COPY)])
def test_a_rule_leads_only_where_its_owner_may_add(record: MemoryRecord, kind: type[ItemCommand], more: Any) -> None:
    refused = f"the rule acts with the rights of user:lars: you may not add {VIP}"
    assert done(record, "lars", kind, **more) == Done("failed", refused)
    assert record.items[DEAL].item.pipeline == PIPELINE
    assert [one.id for one in record.standing() if one.pipeline == VIP] == []
    assert done(record, "vera", kind, **more).outcome == "done"
    assert len([one for one in record.standing() if one.pipeline == VIP]) == 1


def test_who_may_add_only_what_is_theirs_is_responsible_for_what_their_rule_makes(record: MemoryRecord) -> None:
    made = done(record, "olga", CreateFromItem, **COPY)
    [copy] = [one for one in record.standing() if one.pipeline == VIP]
    assert (made.outcome, copy.responsible) == ("done", "olga")


def test_what_an_owner_does_not_see_their_rule_neither_changes_nor_links_to(record: MemoryRecord) -> None:
    blind = done(record, "blind", ChangeItem, fields={"wish": "oak"})
    assert blind.reason == f"the rule acts with the rights of user:blind: you may not read item {DEAL}"
    linked = done(record, "alone", CreateFromItem, **COPY)
    assert linked == Done("failed", f"links.1.id: there is no item {CONTACT}; send the id of an item")
    assert [one.id for one in record.standing() if one.pipeline == VIP] == []


@pytest.mark.parametrize(("owner", "known"), [("vera", True), ("alone", False)])
def test_a_known_contact_is_taken_by_whoever_sees_it(record: MemoryRecord, owner: str, known: bool) -> None:  # noqa: FBT001
    answer = done(record, owner, CreateFromItem, type="contact", fields={"phone": "+351910000009"})
    assert (answer.outcome, answer.results["id"] == str(CONTACT)) == ("done", known)
