"""`signalbox dead`: what died is listed, shown whole, and sent again as it first came."""

import pytest
from aiokafka.structs import ConsumerRecord
from chassis.dead_letters import DeadLetter
from chassis.testing import Deployment
from contracts import topics

from .conftest import Prompt

GROUP = "rule-scheduler.consume"
DEAD = topics.dead_letters(GROUP)


async def bury(deployment: Deployment, *values: bytes) -> None:
    """Let records of `crm.items` die as the consumer lets them."""
    await deployment.topics(topics.ITEMS, DEAD)
    for offset, value in enumerate(values, start=70):
        headers = (("ce_id", b"id-%d" % offset), ("ce_type", b"crm.item.changed.v1"), ("raw", b"\xff"))
        name = deployment.kafka.named("crm.items")
        record = ConsumerRecord(name, 1, offset, 0, 0, b"+351912345678", value, None, 1, len(value), headers)
        parcel = DeadLetter(record, "Unreadable", f"no good\nat {offset}").parcel(GROUP, deployment.prefix)
        await deployment.put([(parcel.topic, 0, parcel.key, parcel.headers, parcel.value)])


async def test_the_list_says_when_whence_and_why_but_no_keys(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one", b"two")
    listed = (await prompt.type("dead", "list", GROUP)).output.splitlines()
    assert len(listed) == 3
    assert "crm.items[1]@70  crm.item.changed.v1  1      0         Unreadable: no good at 70" in listed[1]
    assert "+351" not in "".join(listed)


async def test_one_letter_is_shown_whole(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one", b'{"two": \xff}')
    shown = (await prompt.type("dead", "show", GROUP, "--offset", "1")).output
    for told in ("offset 1, died 20", "crm.items[1]@71", "key: +351912345678", "ce_id: id-71", "raw: \\xff"):
        assert told in shown
    assert '{"two": \\xff}' in shown
    assert "id-70" not in shown


async def test_a_redriven_letter_stands_again_where_it_came_from(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one", b"two", b"three")
    sent = await prompt.type("dead", "redrive", GROUP, "--offset", "0", "--offset", "2")
    assert sent.output.splitlines() == [
        "sent 0: crm.item.changed.v1 id-70 to crm.items[1]",
        "sent 2: crm.item.changed.v1 id-72 to crm.items[1]",
        "2 sent again",
    ]
    first, second = await deployment.seen(topics.ITEMS)
    assert (first.partition, first.key, first.value, second.value) == (1, "+351912345678", b"one", b"three")
    told = {"ce_id": "id-70", "ce_type": "crm.item.changed.v1", "raw": "\ufffd", "dead-redrives": "1"}
    assert first.headers == told


async def test_a_limit_takes_the_oldest(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one", b"two", b"three")
    await prompt.type("dead", "redrive", GROUP, "--limit", "2")
    assert [s.value for s in await deployment.seen(topics.ITEMS)] == [b"one", b"two"]


async def test_a_dry_run_sends_nothing(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one")
    told = await prompt.type("dead", "redrive", GROUP, "--dry-run")
    assert told.output == ("would send 0: crm.item.changed.v1 id-70 to crm.items[1]\n1 would be sent again\n")
    assert await deployment.seen(topics.ITEMS) == []


async def test_a_letter_without_a_home_holds_back_the_whole_redrive(prompt: Prompt, deployment: Deployment) -> None:
    await bury(deployment, b"one")
    await deployment.put([(DEAD, 0, b"k", [], b"stray")])
    refused = await prompt.type("dead", "redrive", GROUP)
    assert (refused.exit_code, "offset 1 does not say" in refused.output) == (1, True)
    assert await deployment.seen(topics.ITEMS) == []


async def test_a_group_whose_dead_are_none_says_so(prompt: Prompt, deployment: Deployment) -> None:
    await deployment.topics(DEAD)
    assert (await prompt.type("dead", "list", GROUP)).output == f"{GROUP} has no dead letters\n"
    assert (await prompt.type("dead", "redrive", GROUP)).output == "0 sent again\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("list", "rule-scheduler.dream"), 2, "'rule-scheduler.dream' is not one of"),
        (("list", "crm-api.timeline"), 1, "crm-api.timeline.dead; make it with: signalbox topics"),
        (("show", GROUP, "--offset", "9"), 1, f"{GROUP} has no dead letter at offset 9"),
    ],
)
async def test_what_is_not_there_is_said(
    prompt: Prompt, deployment: Deployment, words: tuple[str, ...], code: int, told: str
) -> None:
    await deployment.topics(DEAD)
    refused = await prompt.type("dead", *words)
    assert (refused.exit_code, told in refused.output) == (code, True), refused.output
