"""Control rules on the live system: who oversees is told of what nobody moves, and each of a group by themselves."""

from typing import Any

import pytest

from tests.integration.world import World

Json = dict[str, Any]
UNMOVED = {"after": "1 second", "since": "last_change"}


async def publish(world: World, name: str, *rules: Json) -> str:
    stages = [{"key": "new", "rules": list(rules)}, {"key": "taken"}]
    await world.installation.crm.publish(name, {"stages": stages, "owner": "mara"})
    return name


@pytest.mark.req("D3", "D5", "D9")
@pytest.mark.usefixtures("watch")
async def test_the_supervisor_is_told_in_the_name_of_the_rule_that_nobody_moves_an_item(world: World) -> None:
    crm = world.installation.crm
    text = "{{ responsible.name }} lets {{ item.title }} lie"
    pipeline = await publish(
        world,
        "deal/watched",
        {
            "key": "unmoved",
            "name": {"en": "Nobody moved it"},
            "timing": UNMOVED,
            "do": {"notify": {"to": "supervisor", "text": text}},
        },
        {
            "key": "hurry",
            "timing": {"after_previous": "0 minutes"},
            "do": {"notify": {"text": "Hurry", "sender": "supervisor"}},
        },
        {"key": "later", "timing": {**UNMOVED, "after": "1 day"}, "do": {"notify": {"to": "supervisor", "text": text}}},
    )
    titles = "Pine shelf", "Oak table"
    deal, moved = [await crm.create("deal", pipeline=pipeline, title=one, responsible="rui") for one in titles]
    await world.rule_is(deal["id"], "hurry", "succeeded")
    [notice] = await world.notices("mara", deal["id"])
    assert (notice["text"], notice["sender"]) == ("Rui Costa lets Pine shelf lie", "Nobody moved it")
    assert (notice["link"], notice["read_at"]) == (f"/v1/items/{deal['id']}", None)
    row = (await world.rules(deal["id"]))["unmoved"]
    assert [(one["whom"], one["state"]) for one in row["effects"]] == [("person:mara", "sent")]
    assert notice["id"] == row["effects"][0]["id"]
    [hurry] = await world.notices("rui", deal["id"])
    assert (hurry["text"], hurry["sender"]) == ("Hurry", "Mara Lopes")
    # What is moved in time is not told of.
    await crm.move(moved["id"], "taken")
    cancelled = await world.rule_is(moved["id"], "later", "cancelled")
    assert (cancelled["effects"], (await world.rules(deal["id"]))["later"]["state"]) == ([], "waiting")


@pytest.mark.req("D9")
@pytest.mark.usefixtures("watch")
async def test_a_notice_for_a_role_reaches_each_active_member_and_the_deputy_of_who_is_not_there(world: World) -> None:
    crm = world.installation.crm
    people: dict[str, Json] = {
        "bea": {"name": "Bea", "role": "packer", "department": "yard"},
        "cyd": {"name": "Cyd", "role": "packer", "department": "yard"},
        "dan": {"name": "Dan", "department": "yard"},
        "gus": {"name": "Gus", "role": "packer", "deputy": "dan", "active": False},
        "hal": {"name": "Hal", "role": "packer", "deputy": "bea", "active": False},
    }
    await crm.configure("department", "yard", {"name": "Yard"})
    for id_, person in people.items():
        await crm.configure("person", id_, person)
    pipeline = await publish(
        world,
        "deal/packed",
        {"key": "pack", "do": {"notify": {"to": {"role": "packer"}, "text": "Pack {{ item.title }}"}}},
        {"key": "gate", "do": {"notify": {"to": {"department": "yard"}, "text": "Open", "sender": {"user": "mara"}}}},
        {"key": "nobody", "do": {"notify": {"to": {"role": "pilot"}, "text": "Fly"}}},
        {"key": "gone", "do": {"notify": {"to": {"user": "gus"}, "text": "Come"}}},
    )
    deal = await world.deal(pipeline=pipeline)
    rows = {key: await world.rule_is(deal["id"], key, "succeeded") for key in ("pack", "gate", "gone")}
    effects = {key: sorted(one["whom"] for one in row["effects"]) for key, row in rows.items()}
    assert effects == {
        "pack": ["person:bea", "person:cyd", "person:dan"],
        "gate": ["person:bea", "person:cyd", "person:dan"],
        "gone": ["person:dan"],
    }
    assert [note["cause"] for note in rows["pack"]["notes"]] == [
        "at entry",
        "Gus is inactive: Dan, the deputy, stands in",
        "Hal is inactive: Bea, the deputy, stands in",
    ]
    skipped = await world.rule_is(deal["id"], "nobody", "skipped")
    assert "nobody has the role pilot" in skipped["reason"]
    read = {person: await world.notices(person, deal["id"]) for person in ("bea", "cyd", "dan")}
    said = {person: sorted(one["text"] for one in notices) for person, notices in read.items()}
    both = ["Open", "Pack Pine shelf"]
    assert said == {"bea": both, "cyd": both, "dan": ["Come", *both]}
    assert {one["sender"] for one in read["cyd"]} == {"Mara Lopes", "pack"}
