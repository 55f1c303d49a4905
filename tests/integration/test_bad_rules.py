"""Rules that cannot run: refused where they are published, by their path; else told in words on the timeline."""

from typing import Any

import pytest

from deploy.local.clients import Refused
from tests.integration.watch import Watch
from tests.integration.world import World

Json = dict[str, Any]
AT = "stages.0.rules.0"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
pytestmark = pytest.mark.usefixtures("watch")


def only(do: Json, **more: Any) -> Json:
    """Give a pipeline with one rule."""
    return {"stages": [{"key": "new", "rules": [{"key": "only", "do": do, **more}]}]}


def sms(text: str) -> Json:
    return {"send-sms": {"to": "contact", "text": text}}


# A rule that cannot run, the path that its author is told, and words of the problem with its remedy.
UNRUNNABLE: dict[str, tuple[Json, str, str]] = {
    "unknown field in its condition": (
        only(CALL, when={"field": "item.colour", "equals": "red"}),
        f"{AT}.when",
        "deal has no colour; use one of: activation, amount",
    ),
    "comparison that the field does not have": (
        only(CALL, when={"field": "item.amount", "contains": "1"}),
        f"{AT}.when",
        "item.amount is of kind money, which cannot be compared so",
    ),
    "unknown action": (
        only({"send-pigeon": {}}),
        f"{AT}.do",
        "unknown action 'send-pigeon'; use one of: add-to-audience",
    ),
    "unknown placeholder": (
        only(sms("It is {{ item.colour }}")),
        f"{AT}.do.send-sms.text",
        "deal has no colour; use one of: activation, amount",
    ),
    "result of a rule that is not before it": (
        only(sms("See {{ results.contract.url }}")),
        f"{AT}.do.send-sms.text",
        "no earlier rule of this stage is called 'contract'",
    ),
    "after a previous rule, and there is none": (
        only(CALL, timing={"after_previous": "1 day"}),
        f"{AT}.timing.after_previous",
        "there is no enabled rule before it in the stage; move it down",
    ),
    "timing that nobody knows": (only(CALL, timing={"sometimes": "1 day"}), f"{AT}.timing", "sometimes"),
    "unknown stage to move to": (
        only({"move-item": {"stage": "paid"}}),
        f"{AT}.do.move-item.stage",
        "unknown stage 'paid'; use one of: new",
    ),
    "unknown user": (
        only({"create-task": {"to": {"user": "zoe"}, "title": "Call"}}),
        f"{AT}.do.create-task.to",
        "unknown user 'zoe'; use one of: mara",
    ),
    "unknown field of the rule": (only(CALL, colour="red"), f"{AT}.colour", "not permitted; leave it out"),
    "unknown signal of a trigger": (
        {"stages": [{"key": "new", "triggers": [{"key": "moon", "on": "moon.full"}]}]},
        "stages.0.triggers.0.on",
        "unknown kind of signal 'moon.full'; use one of:",
    ),
}


async def told_at_publish(world: World, document: Json) -> Json:
    """Publish what cannot run, and give the one error that its author is told."""
    with pytest.raises(Refused) as caught:
        await world.installation.crm.publish("deal/unrunnable", document)
    answer = caught.value.answer
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    [error] = answer.json()["errors"]
    return dict(error)


async def test_a_rule_that_cannot_run_is_refused_by_its_path_and_what_was_published_still_holds(world: World) -> None:
    crm = world.installation.crm
    before = await crm.publish("deal/unrunnable", only(CALL))
    for name, (document, path, words) in UNRUNNABLE.items():
        error = await told_at_publish(world, document)
        assert error["field"] == path, (name, error)
        assert words in f"{error['problem']}; {error['fix']}", (name, error)
    assert await crm.ask("GET", "/v1/pipelines/deal/unrunnable") == before
    deal = await world.deal(pipeline="deal/unrunnable")
    await world.rule_is(deal["id"], "only", "succeeded")
    assert [task["title"] for task in await crm.tasks(deal["id"])] == ["Call"]


async def deal_in(world: World, name: str, do: Json, **fields: Any) -> Json:
    """Make a deal in a pipeline whose one rule does this."""
    await world.installation.crm.publish(f"deal/{name}", only(do))
    return await world.deal(pipeline=f"deal/{name}", **fields)


async def test_a_placeholder_without_a_value_is_named_on_the_timeline_and_no_worker_is_asked(
    world: World, watch: Watch
) -> None:
    deal = await deal_in(world, "blank", sms("Please pay {{ item.amount }}"))
    row = await world.rule_is(deal["id"], "only", "failed")
    assert row["reason"].startswith("placeholder {{ item.amount }} has no value")
    assert row["seen"]["item.amount"] is None
    assert row["effects"] == []
    assert await world.sms_to(deal["phone"]) == []
    assert await watch.counted("signalbox_attempts", answer="refused") == 0


async def test_a_number_that_the_provider_does_not_know_fails_once_in_the_providers_words(
    world: World, watch: Watch
) -> None:
    await world.installation.crm.publish(
        "deal/misdialled", {"stages": [{"key": "wait"}, *only(sms("Hello"))["stages"]]}
    )
    deal = await world.deal(pipeline="deal/misdialled")
    refused = {"code": 400, "error": 21211, "to": deal["phone"], "body": f"Invalid 'To' Phone Number: {deal['phone']}"}
    await world.installation.simulators.fail("twilio", "status", **refused)
    await world.installation.crm.move(deal["id"], "new")
    row = await world.rule_is(deal["id"], "only", "failed")
    assert "this is not a phone number that Twilio knows (Twilio 21211)" in row["reason"]
    assert [effect["state"] for effect in row["effects"]] == ["failed"]
    assert await world.sms_to(deal["phone"]) == []
    assert await watch.counted("signalbox_attempts", action="send-sms", answer="refused") == 1


async def test_a_client_who_has_answered_stop_gets_nothing_and_the_timeline_says_so(world: World, watch: Watch) -> None:
    await world.installation.crm.publish("deal/stopped", {"stages": [{"key": "wait"}, *only(sms("Hello"))["stages"]]})
    deal = await world.deal(pipeline="deal/stopped")
    await world.installation.simulators.ask("PUT", "/_control/twilio/opted-out", json=[deal["phone"]])
    await world.installation.crm.move(deal["id"], "new")
    row = await world.rule_is(deal["id"], "only", "failed")
    assert "has answered STOP" in row["reason"]
    assert await world.sms_to(deal["phone"]) == []
    assert await watch.counted("signalbox_attempts", action="send-sms", answer="refused") == 1


@pytest.mark.req("E7")
async def test_a_contact_without_phone_and_mail_is_told_on_the_timeline_and_nothing_is_tried(
    world: World, watch: Watch
) -> None:
    crm = world.installation.crm
    mail = {"send-email": {"to": "contact", "subject": "Hello", "text": "Hello"}}
    rules = [{"key": "sms", "do": sms("Hello")}, {"key": "mail", "do": mail}]
    await crm.publish("deal/unreachable", {"stages": [{"key": "new", "rules": rules}]})
    contact = await crm.create("contact", title="Rita Silva", fields={"name": "Rita Silva"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.create("deal", pipeline="deal/unreachable", title="Pine shelf", links=[link])
    for key, lacks in (("sms", "phone"), ("mail", "email")):
        row = await world.rule_is(deal["id"], key, "skipped", "failed")
        assert f"the contact has no {lacks}" in row["reason"]
    assert await watch.counted("signalbox_attempts", answer="refused") == 0
