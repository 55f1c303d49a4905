"""What a publish that migrates would do to what waits, counted before it."""

from typing import Any
from uuid import UUID, uuid4

from contracts import ids
from contracts.executions import ExecutionRow
from contracts.rules import RuleSetRef
from crm_api.testing.timelines import told

PATH = "/v1/pipelines/deal/retail"
DRAFT = f"{PATH}/draft"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
LATER = {"after": "9 days"}
THEN = {"after_previous": "1 hour"}


def rule(key: str, **timing: Any) -> dict[str, Any]:
    return {"key": key, "timing": timing, "do": CALL}


async def put(crm: Any, path: str, *rules: dict[str, Any]) -> None:
    """Put these rules on the first stage."""
    read = (await crm.ann.get(PATH)).json()
    stages = [{**read["stages"][0], "rules": rules}, *read["stages"][1:]]
    answer = await crm.ann.put(path, json={"owner": "ann", "stages": stages})
    assert answer.status_code == 200, answer.text


async def foreseen(crm: Any, *rules: dict[str, Any]) -> dict[str, Any]:
    """Give what a migration to these rules would do."""
    await put(crm, DRAFT, *rules)
    found: dict[str, Any] = (await crm.ann.get(f"{DRAFT}/changes")).json()["migrating"]
    return found


def row(key: str, item: str, state: Any = "waiting", **more: Any) -> ExecutionRow:
    """Make the row of an execution of version 2."""
    rule = ids.rule_id("deal/retail", "new", key)
    return ExecutionRow(
        id=ids.execution_id(rule, UUID(item), 1, more.get("occurrence", "0")),
        version=1,
        item=UUID(item),
        activation=1,
        rule=rule,
        rule_key=key,
        rule_set=RuleSetRef(pipeline="deal/retail", number=2),
        stage="new",
        action="create-task",
        state=state,
        planned_at="2026-03-02T10:00:00Z",
        **more,
    )


async def deals(crm: Any, many: int) -> list[str]:
    return [(await crm.deal())["id"] for _ in range(many)]


async def test_what_would_be_overdue_and_what_would_end_is_counted(crm: Any) -> None:
    items = await deals(crm, 3)
    await put(crm, PATH, rule("greet", **LATER), rule("gone", **LATER))
    unknown = row("greet", str(uuid4()))
    await told(crm, *(row("greet", item) for item in items), row("gone", items[0]), unknown)
    past = await foreseen(crm, rule("greet", at="2020-01-01T10:00"))
    assert past == {"looked_at": 5, "overdue": 3, "ending": 1, "all": True}
    later = await foreseen(crm, rule("greet", after="2 days"))
    assert (later["overdue"], later["ending"]) == (0, 1)
    skipping = await foreseen(crm, rule("greet", at="2020-01-01T10:00", if_past="skip"), rule("gone", **LATER))
    assert (skipping["overdue"], skipping["ending"]) == (0, 3)
    daily = await foreseen(crm, rule("greet", every="10:00"), rule("gone", **LATER))
    assert (daily["overdue"], daily["ending"]) == (0, 0), "the next occurrence takes the place of what waited"


async def test_what_would_wait_for_a_rule_that_never_ran_ends_and_for_one_that_has_is_due(crm: Any) -> None:
    items = await deals(crm, 2)
    await put(crm, PATH, rule("call"), rule("then", **THEN), rule("more", **THEN))
    ended = {"state": "succeeded", "finished_at": "2026-03-02T11:00:00Z"}
    await told(crm, row("call", items[0], **ended), row("call", items[1], "dispatched"))
    await told(crm, *(row(key, item, "waiting_for_previous") for item in items for key in ("then", "more")))
    same = await foreseen(crm, rule("call"), rule("then", after_previous="2 hours"), rule("more", **THEN))
    assert (same["overdue"], same["ending"]) == (1, 0)
    between = await foreseen(crm, rule("call"), rule("fresh"), rule("then", **THEN), rule("more", **THEN))
    assert (between["overdue"], between["ending"]) == (0, 4)


async def test_a_migration_counts_from_the_last_change_where_the_rule_does(crm: Any) -> None:
    items = await deals(crm, 3)
    for item in items:
        await crm.fetch("UPDATE item SET entered_at = entered_at - interval '9 days' WHERE id = $1", UUID(item))
    for item, notes in ((items[0], "still here"), (items[1], "long ago")):
        answer = await crm.ann.patch(f"/v1/items/{item}", json={"fields": {"notes": notes}})
        assert answer.status_code == 200, answer.text
    old = "UPDATE timeline SET at = at - interval '4 days' WHERE item = $1 AND kind = 'changed'"
    await crm.fetch(old, UUID(items[1]))
    await put(crm, PATH, rule("greet", **LATER))
    await told(crm, *(row("greet", item) for item in items))
    for since, overdue in (("last_change", 2), ("entry", 3)):
        found = await foreseen(crm, rule("greet", after="3 days", since=since))
        assert found["overdue"] == overdue
