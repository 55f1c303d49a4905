"""Rules put activities into calendars and plan reminders: once for an execution, with their owner's rights."""

from datetime import UTC, datetime
from typing import Any

import pytest
from contracts import topics
from contracts.actions import PerformAction
from contracts.commands import Remind, ScheduleActivity
from crm_api.testing.company import furnished
from crm_api.testing.rules import Rules

AT = datetime(2031, 3, 3, 10, tzinfo=UTC)
ENDS = datetime(2031, 3, 3, 11, tzinfo=UTC)
ACCOUNT = {"provider": "smtp", "settings": {"host": "localhost", "from": "shop@example.com"}}


def meeting(rules: Rules, deal: dict[str, Any], **more: Any) -> ScheduleActivity:
    told = {"kind": "meeting", "subject": "Measure", "assignee": "ann", "starts_at": AT, "ends_at": ENDS}
    return ScheduleActivity(**{**rules.common(deal), **told, **more})


async def activities(rules: Rules, deal: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await rules.crm.ann.get("/v1/activities", params={"item": deal["id"]})
    found: list[dict[str, Any]] = answer.json()["activities"]
    return found


async def test_an_activity_is_made_once_with_its_reminder_and_the_client_is_invited(rules: Rules) -> None:
    crm = rules.crm
    await crm.deployment.topics(topics.ACTIONS["email"])
    assert (await crm.ann.put("/v1/config/connection/mail", json=ACCOUNT)).status_code == 200
    client = {"name": "Maria", "email": "maria@example.com"}
    contact = await crm.made("/v1/items", type="contact", title="Maria", fields=client)
    deal = await crm.deal()
    command = meeting(rules, deal, contact=contact["id"], invite="mail", remind="1 day", auto_complete=True)
    again = command.model_copy(update={"round": 2})
    first = await rules.done(command)
    second = await rules.done(again)
    assert (first.outcome, second.outcome, second.results) == ("done", "done", first.results)
    [made] = await activities(rules, deal)
    assert first.results == {"id": made["id"], "url": f"/v1/activities/{made['id']}"}
    assert (made["assignee"], made["auto_complete"], made["zone"]) == ("ann", True, "UTC")
    assert [one["contact"] for one in made["participants"]] == [contact["id"]]
    [reminder] = (await crm.ann.get("/v1/reminders")).json()["reminders"]
    assert (reminder["activity"], reminder["at"]) == (made["id"], "2031-03-02T10:00:00Z")
    [letter] = await crm.deployment.data(topics.ACTIONS["email"], PerformAction)
    assert [one.address for one in letter.recipients] == ["maria@example.com"]


async def test_a_client_without_an_address_is_not_invited_and_the_row_says_so(rules: Rules) -> None:
    crm = rules.crm
    assert (await crm.ann.put("/v1/config/connection/mail", json=ACCOUNT)).status_code == 200
    contact, deal = await crm.made("/v1/items", type="contact", title="Maria"), await crm.deal()
    told = await rules.done(meeting(rules, deal, contact=contact["id"], invite="mail"))
    assert (told.outcome, told.reason) == ("done", "the client has no email, so they are not invited")
    assert len(await activities(rules, deal)) == 1


@pytest.mark.req("M7")
async def test_what_cannot_be_or_may_not_be_fails_in_words_and_leaves_nothing(rules: Rules) -> None:
    deal = await rules.crm.deal()
    async with furnished(rules.crm):
        for more, words in (
            ({"ends_at": AT}, "ends_at: it is not behind its beginning"),
            ({"assignee": "nobody"}, "there is no person 'nobody'"),
            ({"people": ("nobody",)}, "participants.0.person"),
            ({"invite": "pigeon"}, "there is no connection 'pigeon'"),
            ({"remind": "soon"}, "remind: 'soon' is not an interval"),
            ({"subject": "x" * 2000}, "subject: it is longer than"),
            ({"owner": "user:rea"}, "the rule acts with the rights of user:rea"),
        ):
            told = await rules.done(meeting(rules, deal, **more))
            assert (told.outcome, words in told.reason) == ("failed", True), told.reason
    assert await activities(rules, deal) == []
    late = Remind(**rules.common(deal), text="x", people=("ann",), at=datetime(2900, 1, 1, tzinfo=UTC))
    assert (await rules.done(late)).reason.startswith("at: it is too long ago")


async def test_a_reminder_of_a_rule_is_planned_once_and_told(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command = Remind(**rules.common(deal), text="Payment is due", people=("rui", "ann"), at=datetime.now(UTC))
    told = await rules.done(command)
    await rules.done(command.model_copy(update={"round": 2}))
    rows = await rules.crm.fetch("SELECT id, people FROM reminder")
    assert [(str(row["id"]), row["people"]) for row in rows] == [(told.results["id"], ["rui", "ann"])]
