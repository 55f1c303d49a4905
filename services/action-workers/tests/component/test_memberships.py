"""Who is in which audience: put in once, taken out when the last reason is over, by whatever order things happen in."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from action_workers.erasing import Erasing
from action_workers.memberships.following import Following
from action_workers.testing import Desk, config, told
from action_workers.testing.desk import ANA
from chassis.ids import new_id
from chassis.received import Received
from chassis.testing import eventually
from contracts.config import ConfigChanged, Erasure
from contracts.items import Item, ItemDeleted, ItemStageChanged

PIPELINE = {
    "id": "deal/retail",
    "type": "deal",
    "stages": [
        {"key": "new"},
        {"key": "later"},
        {"key": "won", "kind": "success"},
        {"key": "lost", "kind": "failure"},
    ],
}
BOTH = {"email": "ana@example.com", "phone": "+351 910 000 001"}


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    desk = await open_desk("ad-audience")
    await desk.configure(config("pipeline", "deal/retail", PIPELINE))
    return desk


def add(ads: Desk, remove_when: str | None = None, **more: Any) -> Any:
    params = {"audience": "238", "remove_when": remove_when, **BOTH, **more.pop("params", {})}
    known = {"connection": "meta", "action": "add-to-audience", "execution": new_id(), **more}
    return ads.action(ads.to("").model_copy(update={"whom": f"audience:238:{ANA}"}), params=params, **known)


async def goes(ads: Desk, stage: str, activation: int = 2, *, item: UUID | None = None, deleted: bool = False) -> None:
    """Let the worker hear that an item went to a stage, or was deleted."""
    at = datetime.now(UTC)
    facts: dict[str, Any] = {
        "type": "deal",
        "pipeline": "deal/retail",
        "stage": stage,
        "version": activation,
        "deleted": deleted,
    }
    whole = Item(id=item or ads.item, activation=activation, entered_at=at, created_at=at, **facts)
    event = (ItemDeleted if deleted else ItemStageChanged)(item=whole, config=0)
    following = Following(ads.config, ads.executor.wake)
    async with ads.database.transaction() as tx:
        await following.take(tx, [Received("crm.items", 0, 0, str(whole.id), told(event, at), event)])


def changes(ads: Desk) -> list[str]:
    return [change.change for change in ads.sim.meta.accepted]


async def reason_told(ads: Desk) -> str:
    [row] = await ads.rows("SELECT reason FROM effect WHERE execution <> id")
    return str(row["reason"])


async def test_who_is_added_is_a_member_by_hashes_alone(ads: Desk) -> None:
    await ads.take(add(ads))
    await ads.work("sent")
    [row] = await ads.rows("SELECT * FROM audience_member")
    assert (row["connection"], row["audience"], row["contact"]) == ("meta", "238", ANA)
    [person] = row["people"]
    assert {len(value) for value in person.values()} == {64}
    assert "ana@" not in str(dict(row))


@pytest.mark.parametrize(
    ("remove_when", "stage", "removed"),
    [
        ("leave", "later", True),
        ("success", "won", True),
        ("failure", "lost", True),
        ("success", "lost", False),
        ("failure", "later", False),
        (None, "won", False),
    ],
)
async def test_a_contact_leaves_when_the_rule_says(
    ads: Desk,
    remove_when: str | None,
    stage: str,
    removed: bool,  # noqa: FBT001  a case
) -> None:
    await ads.take(add(ads, remove_when))
    await ads.work("sent")
    await goes(ads, stage)
    await ads.work(*(["sent", "sent"] if removed else ["sent"]))
    assert changes(ads) == ["add", *["remove"] * removed]
    assert ("taken out of the audience" in await reason_told(ads)) == removed
    if removed:
        one, other = ads.sim.meta.accepted
        assert one.rows == other.rows
        assert not await ads.rows("SELECT FROM effect WHERE params ? 'people'")


async def test_who_left_before_the_platform_answered_is_taken_out_at_once(ads: Desk) -> None:
    await ads.take(add(ads, "leave"))
    await goes(ads, "later")
    await ads.work("sent", "sent")
    assert changes(ads) == ["add", "remove"]


async def test_a_deleted_item_is_no_reason_any_more(ads: Desk) -> None:
    await ads.take(add(ads, "success"))
    await ads.work("sent")
    await goes(ads, "new", 1, deleted=True)
    await ads.work("sent", "sent")
    assert changes(ads) == ["add", "remove"]


async def test_what_is_heard_twice_removes_once(ads: Desk) -> None:
    await ads.take(add(ads, "leave"))
    await ads.work("sent")
    await goes(ads, "later")
    await goes(ads, "later")
    await ads.work("sent", "sent")
    await goes(ads, "won", 3)
    await ads.work("sent", "sent")
    assert changes(ads) == ["add", "remove"]


async def test_who_has_two_reasons_stays_until_the_last_is_over(ads: Desk) -> None:
    other = new_id()
    await ads.take(add(ads, "leave"), add(ads, "leave", item=other))
    await ads.work("sent", "sent")
    await goes(ads, "later")
    await ads.work("sent", "sent")
    assert changes(ads) == ["add"]  # both were due together
    await goes(ads, "later", item=other)
    await ads.work("sent", "sent", "sent")
    assert changes(ads)[-1] == "remove"


async def test_who_is_wanted_again_before_the_removal_stays(ads: Desk) -> None:
    await ads.take(add(ads, "leave"))
    await ads.work("sent")
    await goes(ads, "later")
    second = add(ads, item=new_id())
    await ads.take(second)
    # Whose account is not known yet is claimed one turn later.
    turns = [await ads.executor.claim(5) for _ in range(2)]
    claimed, knowledge = [effect for turn in turns for effect in turn.effects], turns[0].knowledge
    (again,) = (effect for effect in claimed if effect.execution == second.execution)
    (removal,) = (effect for effect in claimed if effect.execution == effect.id)
    await ads.executor.carry_out(again, knowledge)
    await ads.executor.carry_out(removal, knowledge)
    await ads.work("sent", "sent", "sent", "sent")
    assert changes(ads) == ["add", "add", "remove", "add"]


async def test_a_removal_that_has_not_begun_is_called_off(ads: Desk) -> None:
    await ads.take(add(ads, "leave"))
    await ads.work("sent")
    await goes(ads, "later")
    await ads.rows("UPDATE effect SET not_before = now() + interval '1 hour' WHERE execution = id RETURNING id")
    await ads.take(add(ads, item=new_id()))
    await ads.work("sent", "sent", "cancelled")
    assert changes(ads) == ["add", "add"]


async def test_a_removal_that_the_platform_refuses_is_kept_and_told(ads: Desk) -> None:
    await ads.take(add(ads, "leave"))
    await ads.work("sent")
    ads.sim.fail("meta", "status", code=400, error=200)
    await goes(ads, "later")

    async def refused() -> bool:
        words = "still in the audience: the account may not change this audience"
        return (await reason_told(ads)).startswith(words)

    async with ads.working():
        await eventually(refused)
    [row] = await ads.rows("SELECT not_before - signalbox_now() AS ahead FROM effect WHERE state = 'planned'")
    assert row["ahead"].total_seconds() > 3600


async def test_a_rule_takes_out_by_what_the_contact_is_known_by_and_by_what_went_before(ads: Desk) -> None:
    await ads.take(add(ads))
    await ads.work("sent")
    await ads.take(add(ads, action="remove-from-audience", params={"email": "new@example.com", "phone": ""}))
    await ads.work("sent", "sent", "sent")
    assert changes(ads) == ["add", "remove", "remove"]
    assert ads.sim.meta.accepted[2].rows == ads.sim.meta.accepted[0].rows
    assert not await ads.rows("SELECT FROM audience_reason")


async def test_a_removal_by_a_rule_of_somebody_unknown_does_no_harm(ads: Desk) -> None:
    await ads.take(add(ads, action="remove-from-audience"))
    await ads.work("sent")
    assert changes(ads) == ["remove"]


@pytest.mark.parametrize("before", [True, False])
async def test_a_person_who_is_erased_leaves_all_audiences(ads: Desk, before: bool) -> None:  # noqa: FBT001  a case
    await ads.take(add(ads))
    if before:
        await ads.work("sent")
    else:
        turn = await ads.executor.claim(1)
        [claimed], knowledge = turn.effects, turn.knowledge
    erasure = Erasure(contact=ANA, items=(ads.item,), at=datetime.now(UTC))
    data: dict[str, Any] = erasure.model_dump(mode="json")
    change = ConfigChanged(kind="erasure", id=str(ANA), revision=99, data=data, changed_at=erasure.at)
    for _ in range(2):
        async with ads.database.transaction() as tx:
            await Erasing(ads.outbox).erase(tx, change)
    if not before:
        await ads.executor.carry_out(claimed, knowledge)
    await ads.work("sent", "sent")
    assert changes(ads) == ["add", "remove"]
    [row] = await ads.rows("SELECT people FROM audience_member")
    assert row["people"] == []
    assert not await ads.rows("SELECT FROM effect WHERE params ? 'people' OR params ? 'email'")
