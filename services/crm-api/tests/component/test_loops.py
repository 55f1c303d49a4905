"""Chains of causes that go in circles are stopped, told of once, and released by a person."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from contracts import topics
from contracts.commands import ChangeItem, CreateFromItem, ItemCommand, MoveItem
from contracts.envelope import Cause
from contracts.items import CommandCompleted
from contracts.signals import Identity, Signal
from crm_api.testing.rules import AT, Rules
from crm_api.testing.shop import FORM, OPENED, Shop, form, linked_deal, signal
from crm_api.testing.statements import heard, transactions

Json = dict[str, Any]
RESPONDER = "+351912000001"


class Chain:
    """One chain of causes that moves things as rules do, each move one hop after the one before."""

    def __init__(self, rules: Rules, root: UUID | None = None) -> None:
        self.rules = rules
        self.root = root or uuid4()
        self.hops = 0

    async def does(self, *commands: ItemCommand) -> list[CommandCompleted]:
        """Send what follows from one another, and give the answers."""
        messages = []
        for command in commands:
            cause = Cause(self.root, uuid4(), hops=self.hops, actor="service:rule-scheduler")
            outbox = self.rules.crm.process.outbox
            messages.append(outbox.message(topics.COMMANDS, command.item, command, About(at=AT, cause=cause)))
            self.hops += 1
        await self.rules.crm.deployment.send(*messages)
        return [(await self.rules.answers(command))[-1] for command in commands]

    async def back_and_forth(self, item: Json, moves: int) -> list[CommandCompleted]:
        """Move an item to and fro between documents and new."""
        common = [self.rules.common(item, expects=None) for _ in range(moves)]
        stages = ("documents", "new")
        return await self.does(*(MoveItem(**one, stage=stages[n % 2]) for n, one in enumerate(common)))


async def loops(crm: Any, state: str = "stopped") -> list[Json]:
    found: list[Json] = (await crm.ann.get("/v1/loops", params={"state": state})).json()["loops"]
    return found


async def notices(crm: Any) -> list[Json]:
    found: list[Json] = (await crm.ann.get("/v1/notices")).json()["notices"]
    return found


async def words(crm: Any, item: str, kind: str) -> list[str]:
    rows = (await crm.ann.get(f"/v1/items/{item}/timeline")).json()["rows"]
    return [row["words"] for row in rows if row["kind"] == kind]


async def root_of(crm: Any, item: Json) -> UUID:
    """Give the chain that began with the person who made an item."""
    rows = (await crm.ann.get(f"/v1/items/{item['id']}/timeline")).json()["rows"]
    return UUID(rows[0]["details"]["correlation"])


@pytest.mark.req("M9")
async def test_a_chain_ends_before_the_eleventh_return_and_its_owner_is_told_once(rules: Rules) -> None:
    crm = rules.crm
    deal, other = await crm.deal(), await crm.deal()
    chain = Chain(rules, await root_of(crm, deal))
    answers = await chain.back_and_forth(deal, 24)
    # It was made in `new`, so twenty-one moves lead to ten returns to each stage; then it stands in `documents`.
    assert [one.outcome for one in answers] == ["done"] * 21 + ["failed", "done", "failed"]
    assert answers[21].reason.startswith(
        "loop: it returned 10 times (to documents by rule greet 11 times, to new by rule"
    )
    assert (await rules.item(deal))["stage"] == "documents"
    [loop] = await loops(crm)
    assert (loop["kind"], loop["item"], loop["stage"], loop["refused"]) == ("returns", deal["id"], "new", 2)
    assert await words(crm, deal["id"], "loop") == [f"not moved to new: {loop['words']}"]
    [notice] = await notices(crm)
    assert (notice["item"], notice["sender"]) == (deal["id"], "automation")
    assert loop["words"] in notice["text"]
    # Nothing else of the chain moves anything; another chain is not touched.
    [refused] = await chain.does(MoveItem(**rules.common(other), stage="documents"))
    [done] = await Chain(rules).does(MoveItem(**rules.common(other), stage="documents"))
    assert (refused.outcome, done.outcome) == ("failed", "done")
    assert (len(await notices(crm)), (await loops(crm))[0]["refused"]) == (1, 3)


@pytest.mark.req("M9")
async def test_a_person_releases_a_chain_once_and_its_move_is_made_counted_from_zero(rules: Rules) -> None:
    crm = rules.crm
    deal = await crm.deal()
    chain = Chain(rules, await root_of(crm, deal))
    await chain.back_and_forth(deal, 22)
    [loop] = await loops(crm)
    released = await crm.ann.post(f"/v1/loops/{loop['id']}/release")
    assert released.json() == {"loop": loop["id"], "item": deal["id"], "moved": True, "why_not": ""}
    assert (await rules.item(deal))["stage"] == "new"
    assert (await crm.ann.post(f"/v1/loops/{loop['id']}/release")).status_code == 409
    assert [one["released_by"] for one in await loops(crm, "released")] == ["user:ann"]
    assert (await words(crm, deal["id"], "released"))[0].startswith("the chain of causes that was stopped was released")
    answers = await chain.back_and_forth(deal, 24)
    assert [one.outcome for one in answers].index("failed") == 22
    [again] = await loops(crm)
    assert (again["id"], again["times"], len(await notices(crm))) == (loop["id"], 2, 2)


async def test_what_stands_in_the_way_of_the_refused_move_is_said(rules: Rules) -> None:
    crm = rules.crm
    deal = await crm.deal()
    await Chain(rules).back_and_forth(deal, 24)
    [loop] = await loops(crm)
    assert (await crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "lost"})).is_success
    released = (await crm.ann.post(f"/v1/loops/{loop['id']}/release")).json()
    assert (released["moved"], released["why_not"]) == (False, "it has left the stage since")
    assert (await rules.item(deal))["stage"] == "lost"


@pytest.mark.req("M9")
async def test_a_chain_of_creations_ends_at_the_hundred_and_first(rules: Rules) -> None:
    deal = await rules.crm.deal(title="Oak")
    chain = Chain(rules)
    place = {"type": "deal", "pipeline": "deal/retail", "purpose": "copy"}
    chain.hops = 98
    made = []
    for _ in range(4):
        [answer] = await chain.does(CreateFromItem(**rules.common(deal), **place))
        made.append(answer)
        deal = await rules.item({"id": answer.results.get("id", deal["id"])})
    assert [one.outcome for one in made] == ["done", "done", "failed", "failed"]
    assert made[2].reason == "loop: too many automated moves and creations follow from one cause: 100"
    [loop] = await loops(rules.crm)
    assert (loop["kind"], loop["item"], loop["stage"]) == ("hops", deal["id"], "")
    assert (await words(rules.crm, deal["id"], "loop"))[0].startswith("not made: too many automated moves")
    released = (await rules.crm.ann.post(f"/v1/loops/{loop['id']}/release")).json()
    assert released["why_not"] == "nothing is made anew by itself: retry the rule that failed"
    [answer] = await chain.does(CreateFromItem(**rules.common(deal), **place))
    assert answer.outcome == "done"


def opened(phone: str) -> Signal:
    return signal("document.opened", identities=(Identity(kind="phone", value=phone),))


@pytest.mark.req("M9")
async def test_an_auto_responder_ends_at_the_21st_entry_within_24_hours(shop: Shop) -> None:
    crm = shop.crm
    _, deal = await linked_deal(shop, RESPONDER)
    _, other = await linked_deal(shop, "+351912000002")

    async def again(times: int) -> list[Json]:
        for _ in range(times):
            assert (await crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "new"})).is_success
            await shop.apply(opened(RESPONDER), OPENED)
        return await shop.lines(deal["id"], "signal")

    lines = await again(23)
    assert [one["details"]["moved"] for one in lines] == [True] * 20 + [False] * 3
    [loop] = await loops(crm)
    assert (loop["kind"], loop["stage"], loop["refused"]) == ("day", "documents", 3)
    assert loop["words"].startswith(
        "automation moved it there 20 times within 24 hours (to documents by trigger opened on"
    )
    assert len(await words(crm, deal["id"], "loop")) == len(await notices(crm)) == 1
    await shop.apply(opened("+351912000002"), OPENED)
    assert (await shop.item(other["id"]))["stage"] == "documents"
    # A day later it is no longer the 21st: nobody need release it.
    await crm.fetch("UPDATE automated_entry SET at = at - $1::interval", timedelta(hours=24))
    assert (await again(1))[-1]["details"]["moved"]
    kept = await crm.fetch("SELECT FROM automated_entry WHERE item = $1", UUID(deal["id"]))
    assert len(kept) == 1


async def test_what_a_stopped_chain_would_make_of_nothing_waits_for_a_person(shop: Shop) -> None:
    what = form()
    message = shop.crm.process.outbox.message
    cause = Cause(uuid4(), uuid4(), hops=100, actor="service:trigger-gateway")
    await shop.send(message(topics.COMMANDS, "any", shop.command(what, nobody=FORM), About(at=AT, cause=cause)))
    await shop.decided(what)
    assert await shop.items() == []
    held = (await shop.crm.ann.get("/v1/signals/held")).json()["signals"]
    assert [one["id"] for one in held] == [str(what.id)]


async def test_a_move_by_a_person_is_no_entry_to_be_counted(rules: Rules) -> None:
    deal = await rules.crm.deal()
    for stage in ("documents", "new") * 13:
        assert (await rules.crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": stage})).is_success
    assert await rules.crm.fetch("SELECT FROM automated_entry") == []
    assert (await rules.done(MoveItem(**rules.common(await rules.item(deal)), stage="documents"))).outcome == "done"


async def test_loops_that_are_not_there_or_not_the_callers_are_not_released(company: Any) -> None:
    sam = await company.sign_in("sam")
    assert (await sam.post(f"/v1/loops/{uuid4()}/release")).status_code == 404
    assert (await sam.get("/v1/loops", params={"state": "moving"})).status_code == 422
    assert (await sam.get("/v1/loops", params={"after": "moon"})).status_code == 422


async def test_a_move_by_a_rule_costs_one_statement_for_its_chain_however_often_it_moved(rules: Rules) -> None:
    deal = await rules.crm.deal()
    chain = Chain(rules)

    async def sent(moves: int) -> list[str]:
        async with heard(rules.crm) as seen:
            await chain.back_and_forth(deal, moves)
        return [query for queries in transactions(seen) for query in queries if "automated_entry" in query]

    few, many = await sent(2), await sent(18)
    assert [len(few), len(many)] == [2 * 2, 18 * 2]
    assert {"FROM automated_entry" in query for query in few[::2]} == {True}
    changed = ChangeItem(**rules.common(await rules.item(deal), expects=None), fields={"notes": "seen"})
    async with heard(rules.crm) as seen:
        assert (await chain.does(changed))[0].outcome == "done"
    assert "automated_entry" not in str(seen)
