"""A rule acts with the rights of who published it last: checked at the publish, and again when it runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from chassis.testing import eventually
from contracts import topics
from contracts.commands import ChangeItem, CreateFromItem, DeleteItem, ItemCommand, MoveItem
from contracts.envelope import Cause
from contracts.items import CommandCompleted
from crm_api.testing.company import Company, furnished

RULES = {
    "move": {"move-item": {"stage": "later"}},
    "remove": {"delete-item": {}},
    "call": {"create-task": {"to": "responsible", "title": "Call"}},
}
ROLE = {
    "grants": [{"type": "deal", "actions": ["read", "change"], "whose": "own"}],
    "automation": {"deal": "change"},
}


def written(*keys: str) -> dict[str, Any]:
    """Give a pipeline with these rules."""
    rules = [{"key": key, "do": RULES[key], "timing": {"after": "1 day"}} for key in keys]
    return {"stages": [{"key": "new", "rules": rules}, {"key": "later"}]}


@pytest.fixture
async def company(started: Callable[..., Awaitable[Any]]) -> AsyncIterator[Company]:
    """Give a company in which Roy writes rules for deals, and may change his own, but delete none."""
    crm = await started("consume")
    async with furnished(crm) as company:
        for path, record in (("role/rules", ROLE), ("person/roy", {"name": "Roy", "access": ["rules"]})):
            assert (await crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
        yield company


@pytest.mark.req("M7")
async def test_rules_that_their_owner_may_not_follow_stop_a_publish(company: Company) -> None:
    roy, mia = await company.sign_in("roy"), await company.sign_in("mia")
    path = "/v1/pipelines/deal/roy"
    refused = await roy.put(path, json=written("move", "remove", "call"))
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert error["field"] == "stages.0.rules.1.do.delete-item"
    assert error["problem"] == "the rule would act with the rights of user:roy, who may not delete deal/roy"
    draft = await roy.put(f"{path}/draft", json=written("remove"))
    assert [finding["severity"] for finding in draft.json()["findings"]] == ["error"]
    assert (await roy.put(path, json=written("move", "call"))).status_code == 200
    assert (await mia.put(path, json=written("move", "remove", "call"))).status_code == 200


class Answered:
    """Sends commands of rules, and waits for what is answered."""

    def __init__(self, company: Company) -> None:
        self.company = company

    async def to(self, kind: type[ItemCommand], owner: str, item: str, **more: Any) -> tuple[str, str]:
        """Give outcome and reason of a command of a rule that somebody owns."""
        crm, root = self.company.crm, uuid4()
        told = {"execution": uuid4(), "item": UUID(item), "rule": uuid4(), "owner": owner, "config": 1}
        command = kind.model_validate({**told, **more})
        about = About(at=datetime(2026, 3, 2, 10, tzinfo=UTC), cause=Cause(root, root))
        await crm.deployment.send(crm.process.outbox.message(topics.COMMANDS, command.item, command, about))

        async def look() -> CommandCompleted | None:
            answers = await crm.deployment.data(topics.ITEMS, CommandCompleted)
            return next((answer for answer in answers if answer.execution == command.execution), None)

        answer = await eventually(look)
        return answer.outcome, answer.reason


@pytest.mark.req("M7")
async def test_a_rule_does_with_an_item_what_its_owner_may_do_and_nothing_else(company: Company) -> None:
    answer = Answered(company)
    own, others = await company.deal("roy"), await company.deal("sam")
    fields = {"fields": {"notes": "seen"}}
    assert await answer.to(ChangeItem, "user:roy", own, **fields) == ("done", "")
    refused = ("failed", f"the rule acts with the rights of user:roy: you may not read item {others}")
    assert await answer.to(ChangeItem, "user:roy", others, **fields) == refused
    assert (await answer.to(DeleteItem, "user:roy", own))[0] == "failed"
    made = await answer.to(CreateFromItem, "user:roy", own, type="deal", pipeline="deal/retail")
    assert made == ("failed", "the rule acts with the rights of user:roy: you may not add deal/retail")
    assert (await answer.to(MoveItem, "user:nobody", own, stage="documents"))[0] == "failed"
    acts = await company.acts(principal="user:roy", outcome="refused")
    assert [act["operation"] for act in acts] == ["rules.create-from-item", "rules.delete-item", "rules.change-item"]
    assert acts[2]["subject"] == f"item/{others}"
    for owner in ("user:mia", "user:ann", "system"):
        assert (await answer.to(MoveItem, owner, others, stage="documents"))[0] == "done"
    deals = (await company.crm.ann.get("/v1/items", params={"pipeline": "deal/retail"})).json()["items"]
    assert {deal["id"]: (deal["stage"], deal["fields"]) for deal in deals} == {
        own: ("new", {"notes": "seen"}),
        others: ("documents", {}),
    }


@pytest.mark.req("M7")
async def test_rights_that_an_owner_loses_are_lost_to_their_rules(company: Company) -> None:
    answer, item = Answered(company), await company.deal("roy")
    assert await answer.to(MoveItem, "user:roy", item, stage="documents") == ("done", "")
    await company.crm.ann.put("/v1/config/person/roy", json={"name": "Roy", "access": []})
    outcome, reason = await answer.to(MoveItem, "user:roy", item, stage="paid")
    assert (outcome, reason.partition(":")[0]) == ("failed", "the rule acts with the rights of user")


@pytest.mark.req("M7")
async def test_who_publishes_rules_once_more_as_they_are_becomes_their_owner(company: Company) -> None:
    roy, mia, ann = await company.sign_in("roy"), await company.sign_in("mia"), company.crm.ann
    path = "/v1/pipelines/deal/roy"
    for who, number in ((roy, 1), (roy, 1), (mia, 2), (mia, 2)):
        assert (await who.put(path, json=written("move", "call"))).json()["rule_set"] == number
    rules = (await ann.get("/v1/config/rule-set/deal/roy/2")).json()["data"]
    assert (rules["published_by"], rules["waiting"]) == ("user:mia", "keep")
    told = (await mia.get(f"{path}/versions/2")).json()
    assert told["words"] == ["the rules act with the rights of user:mia, no more of user:roy"]
    # A file of the whole company takes over nothing of what it leaves as it is.
    file = (await ann.get("/v1/company.yaml")).text
    taken = await ann.put("/v1/company.yaml", content=file, headers={"content-type": "application/yaml"})
    assert taken.json()["changed"] == []
