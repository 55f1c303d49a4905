"""`signalbox rewind` lets a group read again; `signalbox agree` tells where the services say different things."""

from uuid import UUID, uuid4

from chassis.testing import Deployment
from contracts.topics import ITEMS, ORDERS, OUTCOMES
from signalbox.agreement import Disagreement, compare

from .conftest import Prompt

ONE, TWO = UUID(int=1), UUID(int=2)


async def test_a_group_begins_again_and_says_how_much_comes_again(prompt: Prompt, deployment: Deployment) -> None:
    await deployment.topics(ITEMS, OUTCOMES, ORDERS)
    await deployment.put([(ITEMS.name, 0, b"key", [], b"{}")] * 3)
    again = await prompt.type("rewind", "rule-scheduler.consume")
    assert again.exit_code == 0, again.output
    assert f"{deployment.prefix}crm.items: 3 records come again\n" in again.output
    later = await prompt.type("rewind", "rule-scheduler.consume", "--to", "2199-01-01T00:00:00Z")
    assert f"{deployment.prefix}crm.items: 0 records come again\n" in later.output


async def test_a_group_or_a_moment_that_is_none_is_refused_in_words(prompt: Prompt) -> None:
    nobody = await prompt.type("rewind", "nobody")
    assert nobody.exit_code == 1
    assert "there is no group 'nobody'; use one of: " in nobody.output
    never = await prompt.type("rewind", "rule-scheduler.consume", "--to", "yesterday")
    assert "'yesterday' is no moment" in never.output


async def test_all_databases_must_be_named_to_be_compared(prompt: Prompt) -> None:
    asked = await prompt.type("agree", CRM_API_DATABASE_URL="postgresql://127.0.0.1:1/crm")
    assert asked.exit_code == 1
    assert "not named: RULE_SCHEDULER_DATABASE_URL, TRIGGER_GATEWAY_DATABASE_URL" in asked.output


def test_tables_that_say_the_same_agree() -> None:
    rows = {ONE: (1, "waiting"), TWO: (2, "succeeded")}
    assert compare("rows", rows, dict(reversed(rows.items()))) is None


def test_what_is_missing_too_many_or_different_is_told_with_its_ids() -> None:
    extra = uuid4()
    found = compare("rows", {ONE: (1, "waiting"), TWO: (1,)}, {ONE: (2, "succeeded"), extra: (1,)})
    assert found == Disagreement("rows", (TWO,), (extra,), (f"{ONE}: (1, 'waiting') and (2, 'succeeded')",))
    assert found.line() == (
        f"rows: 1 missing ({TWO}); 1 too many ({extra}); 1 different ({ONE}: (1, 'waiting') and (2, 'succeeded'))"
    )
