"""Questions to employees: asked by a rule, answered once by one of those who were asked, over with their stage."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from chassis.testing import eventually
from contracts.commands import AskEmployee, WithdrawCommand
from contracts.questions import AskedField
from crm_api.questions import question_id
from crm_api.testing.rules import Rules

ASKED = (
    AskedField(key="oven", kind="choice", options=("gas", "electric"), required=True),
    AskedField(key="price", kind="money"),
    AskedField(key="when", kind="date"),
)
NOTE = (AskedField(key="note", kind="text"),)


def question(rules: Rules, deal: dict[str, Any], **more: Any) -> AskEmployee:
    told = {"text": "Which oven does Maria have?", "people": ("rui",), "asked": ASKED}
    return AskEmployee(**{**rules.common(deal), **told, **more})


async def asked(rules: Rules, *commands: AskEmployee, by: httpx.AsyncClient | None = None) -> list[dict[str, Any]]:
    """Send commands that ask, and give the open questions of Rui, or of somebody, in their order."""
    await rules.send(*commands)
    client = by or rules.crm.rui
    wanted = {str(question_id(one.execution, one.round)) for one in commands}

    async def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await client.get("/v1/questions")).json()["questions"]
        return found if wanted <= {one["id"] for one in found} else None

    return await eventually(look)


async def said(client: httpx.AsyncClient, id_: str, **answers: Any) -> httpx.Response:
    return await client.post(f"/v1/questions/{id_}/answer", json={"answers": answers})


@pytest.fixture(autouse=True)
async def people(rules: Rules) -> None:
    ann = rules.crm.ann
    for id_, more in (("rui", {"role": "fitter"}), ("eva", {"role": "fitter"}), ("tom", {})):
        answer = await ann.put(f"/v1/config/person/{id_}", json={"name": id_.title(), **more})
        assert answer.status_code == 200, answer.text


async def test_an_answer_is_read_by_its_kinds_and_told_as_the_results_of_the_rule(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command = question(rules, deal)
    (found,) = await asked(rules, command, command)
    assert (found["text"], found["state"], found["deadline"]) == (command.text, "open", None)
    assert [one["key"] for one in found["asked"]] == ["oven", "price", "when"]
    answer = await said(rules.crm.rui, found["id"], oven="gas", price="12.5 EUR", when="2026-04-01")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["answered_by"]) == ("answered", "user:rui")
    told, *again = await rules.answers(command)
    # The command was sent twice: where the second comes behind the answer, it is answered alike.
    assert again in ([], [told])
    assert (told.outcome, told.round) == ("done", 1)
    assert told.results == {"oven": "gas", "price": "12.5 EUR", "when": "2026-04-01", "answered_by": "Rui"}
    assert (await rules.crm.rui.get("/v1/questions")).json()["questions"] == []
    rows = (await rules.crm.ann.get(f"/v1/items/{deal['id']}/timeline")).json()["rows"]
    assert [row["words"] for row in rows][1:] == [
        "asked rui: Which oven does Maria have?",
        "answered by user:rui: Which oven does Maria have?",
    ]


async def test_what_cannot_be_read_is_refused_naming_the_field_and_the_question_stays_open(rules: Rules) -> None:
    wrong = {
        "answers.oven": [({"oven": "coal"}, "gas"), ({"price": "12 EUR"}, "required")],
        "answers.price": [({"oven": "gas", "price": "much"}, "not a money")],
        "answers.when": [({"oven": "gas", "when": "soon"}, "not a date")],
        "answers.colour": [({"oven": "gas", "colour": "red"}, "was not asked")],
    }
    (found,) = await asked(rules, question(rules, await rules.crm.deal()))
    for field, answers in wrong.items():
        for given, words in answers:
            answer = await said(rules.crm.rui, found["id"], **given)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
            assert words in answer.text
    assert (await said(rules.crm.rui, found["id"], oven="gas")).status_code == 200


async def test_only_whoever_was_asked_sees_and_answers_it_and_an_admin(rules: Rules) -> None:
    crm = rules.crm
    deal = await crm.deal()
    command = question(rules, deal, people=("tom",), role="fitter")
    (found,) = await asked(rules, command)
    key = (await crm.made("/v1/api-keys", person="tom", name="tom's"))["key"]
    other = (await crm.made("/v1/api-keys", person="ann", name="ann's"))["key"]
    path = f"/v1/questions/{found['id']}"

    def holding(token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=crm.ann.base_url, headers=headers, timeout=60)

    async with holding(key) as tom, holding(other) as nobody:
        assert (await nobody.get(path)).status_code == 404
        assert (await said(nobody, found["id"], oven="gas")).status_code == 404
        assert (await nobody.get("/v1/questions", params={"item": deal["id"]})).json()["questions"] == []
        assert (await tom.get(path)).json()["text"] == command.text
        # Ann's token is an operator's.
        seen = (await crm.ann.get("/v1/questions", params={"item": deal["id"]})).json()["questions"]
        assert [one["id"] for one in seen] == [found["id"]]
        assert (await said(tom, found["id"], oven="electric")).status_code == 200
    late = await said(crm.rui, found["id"], oven="gas")
    assert (late.status_code, late.json()["detail"]) == (409, "user:tom has answered it already")


async def test_of_two_who_answer_at_once_one_is_heard(rules: Rules) -> None:
    command = question(rules, await rules.crm.deal())
    (found,) = await asked(rules, command)
    answers = await asyncio.gather(*(said(rules.crm.rui, found["id"], oven=one) for one in ("gas", "electric") * 2))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    heard = next(one.json()["answers"]["oven"] for one in answers if one.status_code == 200)
    assert [one.results["oven"] for one in await rules.answers(command)] == [heard]


async def test_what_nobody_answers_in_time_has_failed(rules: Rules) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    command = question(rules, await rules.crm.deal(), deadline=soon)
    # Where the machine is slow, nobody sees it open.
    await rules.send(command)
    (told,) = await rules.answers(command)
    id_ = str(question_id(command.execution, command.round))
    assert (told.outcome, told.reason) == ("failed", f"not answered until {soon:%Y-%m-%d %H:%M} UTC")
    late = await said(rules.crm.rui, id_, oven="gas")
    assert (late.status_code, late.json()["detail"]) == (409, "its deadline is over")
    again = command.model_copy(update={"round": 2, "deadline": None})
    (fresh,) = await asked(rules, again)
    assert fresh["id"] != id_
    assert (await said(rules.crm.rui, fresh["id"], oven="gas")).status_code == 200
    assert [(one.round, one.outcome) for one in await rules.answers(command, 2)] == [(1, "failed"), (2, "done")]


async def test_a_withdrawn_question_is_answered_cancelled_once_and_by_nobody_else(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command = question(rules, deal)
    (found,) = await asked(rules, command)
    off = WithdrawCommand(execution=command.execution, round=1, item=command.item, reason="left the stage: by ann")
    await rules.send(off, off)
    (told,) = await rules.answers(command)
    assert (told.outcome, told.reason, told.results) == ("cancelled", off.reason, {})
    late = await said(rules.crm.rui, found["id"], oven="gas")
    assert (late.status_code, late.json()["detail"]) == (409, "it was taken back")
    # A question that was lost, as by a restore, is taken back too; one that comes behind that is not asked.
    lost = question(rules, deal)
    await rules.send(off.model_copy(update={"execution": lost.execution}))
    await rules.send(lost)
    assert {one.outcome for one in await rules.answers(lost, 2)} == {"cancelled"}
    assert len(await rules.answers(command)) == 1


async def test_after_the_leave_nobody_can_answer_though_the_withdrawal_is_still_on_its_way(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command, stays = question(rules, deal), question(rules, deal, expects=None)
    first, second = await asked(rules, command, stays)
    await rules.crm.made(f"/v1/items/{deal['id']}/move", stage="documents")
    ids = {str(question_id(one.execution, 1)): one for one in (command, stays)}
    answers = {id_: await said(rules.crm.rui, id_, oven="gas") for id_ in (first["id"], second["id"])}
    assert {ids[id_].expects is None: one.status_code for id_, one in answers.items()} == {False: 409, True: 200}
    late = question(rules, deal)
    assert (await rules.done(late)).reason == "left the stage"
    await rules.crm.ann.delete(f"/v1/items/{deal['id']}")
    again = await said(rules.crm.rui, str(question_id(command.execution, 1)), oven="gas")
    assert (again.status_code, again.json()["detail"]) == (409, "the item is deleted")


async def test_an_erased_client_is_not_in_questions_and_answers_any_more(rules: Rules) -> None:
    crm = rules.crm
    told = {"name": "Maria Silva", "phone": "+351912345678", "email": "maria@example.com"}
    maria = await crm.made("/v1/items", type="contact", title="Maria Silva", fields=told)
    deal = await crm.deal(links=[{"role": "contact", "type": "contact", "id": maria["id"]}])
    (found,) = await asked(rules, question(rules, deal, text="What does Maria Silva cook?", asked=NOTE))
    assert (await said(crm.rui, found["id"], note="Maria Silva cooks fish")).status_code == 200
    assert (await crm.ann.post(f"/v1/items/{maria['id']}/erase")).status_code == 200
    [row] = await crm.fetch("SELECT text, answers FROM question")
    assert (row["text"], row["answers"]) == ("What does erased cook?", {"note": "erased cooks fish"})
