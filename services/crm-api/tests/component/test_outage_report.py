"""The report of an outage, against a count of its own over a generated set."""

import random
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from automation.lateness import POSTPONED
from contracts.executions import ExecutionRow, PlanNote
from contracts.rules import RuleSetRef
from crm_api.store import outages
from crm_api.store import timeline as stored_timeline
from crm_api.testing.company import Company

Json = dict[str, Any]
BEGAN = datetime(2026, 3, 2, 10, tzinfo=UTC)
ENDED = BEGAN + timedelta(hours=3)
STATES = ("succeeded", "uncertain", "failed", "missed", "skipped", "blocked", "cancelled", "waiting", "dispatched")
EDGES = {"up to 1 minute": 60, "up to 10 minutes": 600, "up to 1 hour": 3600, "up to 6 hours": 21600}


def seeded(n: int) -> random.Random:
    return random.Random(n)  # noqa: S311  the same set each time


def row(item: str, chance: random.Random, **more: Any) -> ExecutionRow:
    """Make an execution that was due in the window or near it, and came to some end."""
    due = BEGAN + timedelta(minutes=chance.randint(-60, 240))
    late = timedelta(seconds=chance.choice((0, 1, 5, 6, 60, 61, 599, 600, 3599, 7200, 86400, 200_000)))
    took = timedelta(seconds=chance.choice((0, 2, 30)))
    state = chance.choice(STATES)
    ended = state not in {"waiting", "dispatched"}
    told = {
        "id": uuid4(),
        "version": 1,
        "item": UUID(item),
        "activation": 1,
        "rule": uuid4(),
        "rule_key": chance.choice(("greet", "call")),
        "rule_set": RuleSetRef(pipeline=chance.choice(("deal/retail", "deal/other")), number=1),
        "stage": "new",
        "action": chance.choice(("send-sms", "move-item")),
        "state": state,
        "due_at": due,
        "planned_at": BEGAN,
        "dispatched_at": due + late if state in {"succeeded", "uncertain", "failed", "dispatched"} else None,
        "finished_at": due + late + took if ended else None,
    }
    return ExecutionRow(**{**told, **more})


async def keep(crm: Any, rows: Iterable[ExecutionRow]) -> None:
    async with crm.process.database.transaction() as tx:
        await stored_timeline.keep(tx, sorted(rows, key=lambda one: one.id))


async def report(client: Any, **more: Any) -> Json:
    window = {"from": BEGAN.isoformat(), "to": ENDED.isoformat()}
    answer = await client.get("/v1/reports/outage", params={**window, **more})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def lateness(one: ExecutionRow) -> float:
    """Say how late one ran: a message when it had gone out, a move when it was dispatched."""
    ran = one.finished_at if one.action == "send-sms" else one.dispatched_at
    assert ran is not None
    assert one.due_at is not None
    return (ran - one.due_at).total_seconds()


def counted(rows: Sequence[ExecutionRow]) -> Counter[str]:
    """Count the ends of executions one by one."""
    found: Counter[str] = Counter()
    for one in rows:
        if one.state in {"succeeded", "uncertain"}:
            found["late" if lateness(one) > 5 else "in_time"] += 1
        else:
            found["waiting" if one.state == "dispatched" else one.state] += 1
    return found


def by_bucket(rows: Sequence[ExecutionRow]) -> Counter[str]:
    """Count the late ones by how late they were."""
    found: Counter[str] = Counter()
    for late in (lateness(one) for one in rows if one.state in {"succeeded", "uncertain"}):
        if late > 5:
            name = next((name for name, end in EDGES.items() if late <= end), "")
            found[name or ("up to 1 day" if late <= 86400 else "over 1 day")] += 1
    return found


def nothing(counts: Json) -> Json:
    return {name: count for name, count in counts.items() if count}


async def test_the_report_adds_up_and_is_what_a_count_one_by_one_finds(crm: Any) -> None:
    chance = seeded(7)
    deal = await crm.deal()
    rows = [row(deal["id"], chance) for _ in range(900)]
    await keep(crm, rows)
    due = [one for one in rows if one.due_at and BEGAN <= one.due_at < ENDED]
    found = await report(crm.ann)
    together = found["together"]
    assert found["all"]
    assert together["due"] == len(due) == sum(together["outcomes"].values())
    assert nothing(together["outcomes"]) == counted(due)
    assert nothing(together["late_by"]) == by_bucket(due)
    ran = [lateness(one) for one in due if one.state in {"succeeded", "uncertain"}]
    cuts = statistics.quantiles(ran, n=100, method="inclusive")
    assert together["most"] == max(ran)
    assert (together["p50"], together["p95"]) == pytest.approx((cuts[49], cuts[94]))
    for pipeline in ("deal/retail", "deal/other"):
        own = [one for one in due if one.rule_set.pipeline == pipeline]
        assert nothing(found["by_pipeline"][pipeline]["outcomes"]) == counted(own)
        assert (await report(crm.ann, pipeline=pipeline))["together"] == found["by_pipeline"][pipeline]
    assert sum(one["due"] for one in found["by_rule"]) == len(due)
    [calls] = [one for one in found["by_rule"] if (one["pipeline"], one["rule"]) == ("deal/retail", "call")]
    own = [one for one in due if (one.rule_set.pipeline, one.rule_key) == ("deal/retail", "call")]
    assert nothing(calls["outcomes"]) == counted(own)


async def test_what_came_late_and_waited_for_working_time_counts_from_when_it_was_first_due(crm: Any) -> None:
    deal = await crm.deal()
    first, then = BEGAN + timedelta(hours=1), BEGAN + timedelta(days=1)
    notes = (
        PlanNote(at=ENDED, old=BEGAN, new=first, cause="moved"),
        PlanNote(at=ENDED, old=first, new=then, cause=POSTPONED),
    )
    told = {"state": "succeeded", "action": "move-item", "due_at": then, "dispatched_at": then, "notes": notes}
    await keep(crm, [row(deal["id"], seeded(1), **told)])
    together = (await report(crm.ann))["together"]
    assert (together["due"], together["outcomes"]["late"], together["most"]) == (1, 1, 23 * 3600)


async def test_nothing_due_is_a_report_of_nothing_and_a_long_one_says_where_it_ends(
    crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await report(crm.ann))["together"]["due"] == 0
    deal, chance = await crm.deal(), seeded(2)
    moments = [BEGAN + timedelta(minutes=n // 3) for n in range(10)]
    await keep(crm, [row(deal["id"], chance, due_at=at) for at in moments])
    monkeypatch.setattr(outages, "MOST", 4)
    first = await report(crm.ann)
    assert (first["all"], first["together"]["due"]) == (False, 6)
    assert moments[5] < datetime.fromisoformat(first["until"]) < moments[6]
    rest = await report(crm.ann, **{"from": first["until"]})
    assert (rest["all"], rest["together"]["due"]) == (True, 4), "who asks on from there counts each once"


async def test_everyone_reads_of_the_items_within_their_reach(company: Company) -> None:
    chance = seeded(3)
    items = [await company.deal("sam"), await company.deal("olaf")]
    await keep(company.crm, [row(item, chance, due_at=BEGAN) for item in items for _ in range(3)])
    counts = {
        name: (await report(await company.sign_in(name)))["together"]["due"] for name in ("sam", "hana", "mia", "nils")
    }
    assert counts == {"sam": 3, "hana": 3, "mia": 6, "nils": 0}
    for wrong in (
        {"to": BEGAN.isoformat()},
        {"to": (BEGAN + timedelta(days=32)).isoformat()},
        {"from": "then"},
        {"in_time": -1},
    ):
        window = {"from": BEGAN.isoformat(), "to": ENDED.isoformat(), **wrong}
        assert (await company.crm.ann.get("/v1/reports/outage", params=window)).status_code == 422
