"""Webhooks as sources: what cannot hold is refused by its field; who replays a delivery is in the audit log."""

from typing import Any
from uuid import uuid4

HOOK = {"kind": "webhook", "token": "a-long-random-text", "secrets": {"now": "whsec_c2VjcmV0"}}


async def test_a_webhook_that_cannot_hold_is_refused_and_its_field_is_named(crm: Any) -> None:
    for settings, field in (
        ({"check": "standard", "mapping": {"payload": {"total": "order["}}}, "settings.mapping.payload.total"),
        (
            {"check": "standard", "mapping": {"kind": {"from": "e", "means": {"a": "b"}}}},
            "settings.mapping.kind.means.a",
        ),
        ({"check": "hmac"}, "settings.hmac"),
        ({"check": "standard", "verify": True}, "settings.verify"),
        ({}, "settings.check"),
    ):
        answer = await crm.ann.put("/v1/config/source/erp", json={**HOOK, "settings": settings})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    kept = await crm.ann.put("/v1/config/source/erp", json={**HOOK, "settings": {"check": "standard"}})
    assert kept.status_code == 200
    assert kept.json()["data"]["secrets"] == {"now": {"set": True}}


async def test_two_secrets_are_kept_while_they_change_and_the_old_one_goes(crm: Any) -> None:
    for secrets in ({"a": "whsec_b2xk"}, {"a": {"set": True}, "b": "whsec_bmV3"}, {"b": {"set": True}}):
        record = {**HOOK, "secrets": secrets, "settings": {"check": "standard"}}
        answer = await crm.ann.put("/v1/config/source/erp", json=record)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["secrets"] == {key: {"set": True} for key in secrets}


async def test_a_replay_is_noted_with_who_asked_for_it(crm: Any) -> None:
    delivery = str(uuid4())
    answer = await crm.ann.post("/v1/sources/erp/replays", json={"delivery": delivery, "as_new": True})
    assert answer.status_code == 204
    [act] = (await crm.ann.get("/v1/audit", params={"subject": "source/erp"})).json()["acts"]
    assert (act["principal"], act["operation"], act["detail"]) == (
        "user:ann",
        "sources.replay",
        {"delivery": delivery, "as_new": True},
    )
    wrong = await crm.ann.post("/v1/sources/erp/replays", json={"delivery": "last one"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "delivery")
    assert (await crm.worker.post("/v1/sources/erp/replays", json={"delivery": delivery})).status_code == 403
