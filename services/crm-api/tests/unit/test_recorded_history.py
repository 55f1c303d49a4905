"""What of a journal is history, and what only followed from it; a simulation in a process of its own."""

import time
from datetime import timedelta
from typing import Any

import pytest
from automation.desk.told import Telling
from automation.knowledge import Knowledge
from contracts.commands import ApplySignal, Creation, Nobody
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow, PlanNote
from contracts.ids import derived
from contracts.items import Item
from contracts.orders import CancelExecution, RetryExecution
from contracts.rules import RuleSetRef
from contracts.signals import Signal
from crm_api.background.jobs import JobImpossible
from crm_api.simulation.child import Running
from crm_api.simulation.circles import Circles
from crm_api.simulation.history import Entry, Recording, Sorting, ordered
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.running import Trial, simulate
from crm_api.simulation.turn import Turn
from crm_api.testing import recorded
from crm_api.testing.month import BEGIN, DOCUMENT, PIPELINE, rule, sms

HOUR = timedelta(hours=1)
END = BEGIN + 10 * HOUR
HI = {"stages": [{"key": "new", "rules": [rule("hi", sms("Hi {{ item.title }}", to="responsible"))]}]}


def made_by(actor: str, causation: Any = None, *, after: timedelta = HOUR) -> Telling:
    """Give what announces that somebody made a deal."""
    record = MemoryRecord()
    record.knowledge = Knowledge.of(recorded.config())
    root = derived("test", actor)
    now = BEGIN + after
    turn = Turn(record, Circles(), Cause(root, causation or root, hops=1, actor=actor), now)
    told = {"type": "deal", "pipeline": PIPELINE, "title": "Sofa", "responsible": "mara"}
    item = Item(id=derived("test", "deal"), version=0, entered_at=now, created_at=now, **told)
    turn.make(item, record.knowledge.pipelines[PIPELINE], "new")
    [telling] = turn.announce()
    return telling


def signal(nobody: Nobody, actor: str = "service:trigger-gateway", source: str = "site") -> Telling:
    """Give a signal that was applied."""
    root = derived("test", "signal")
    told = Signal(id=root, kind="form.submitted", source=source, happened_at=BEGIN)
    command = ApplySignal(signal=told, nobody=nobody, config=1)
    return Telling(Envelope(root, command.TYPE, "", "", BEGIN + HOUR, Cause(root, root, actor=actor)), command)


CREATE = Nobody(do="create", create=Creation(type="deal", pipeline=PIPELINE, stage="new"))


def recording(*told: Telling) -> Recording:
    config = tuple(map(recorded.config_entry, recorded.config(HI)))
    return Recording(BEGIN, END, config, happened=tuple(map(recorded.entry, told)))


def texts(*told: Telling) -> tuple[list[str], list[str]]:
    found = simulate(recording(*told), Trial(PIPELINE))
    return [one.effect.params["text"] for one in found.effects if one.effect], [one.words for one in found.notes]


@pytest.mark.parametrize(
    ("actor", "count"),
    [("user:mara", 1), ("service:shop", 1), ("service:rule-scheduler", 0), ("system", 0)],
)
def test_what_people_and_programs_did_happens_again_and_what_followed_does_not(actor: str, count: int) -> None:
    assert texts(made_by(actor)) == (["Hi Sofa"] * count, [])


def test_what_was_made_for_a_signal_is_made_for_it_again() -> None:
    applied = signal(CREATE)
    assert texts(applied, made_by("system", applied.envelope.id)) == (["Hi Sofa"], [])


def test_a_signal_that_would_make_what_history_does_not_know_is_noted() -> None:
    assert texts(signal(CREATE)) == ([], ["form.submitted would make an item, of which history knows nothing"])


@pytest.mark.parametrize("telling", [signal(CREATE, source="crm-api"), signal(CREATE, actor="user:mara")])
def test_signals_from_inside_and_those_that_people_released_are_not_applied_again(telling: Telling) -> None:
    assert list(Sorting({}).happened([recorded.entry(telling)])) == []


def test_what_journals_have_beside_is_passed_over() -> None:
    assert list(Sorting({}).happened([Entry(BEGIN, "automation.executions.v1", "{}")])) == []


def row(**parts: Any) -> ExecutionRow:
    told = {"id": derived("test", 1), "item": derived("test", 2), "rule": derived("test", 3), "activation": 1}
    place = {"rule_set": RuleSetRef(pipeline=PIPELINE, number=1), "rule_key": "hi", "stage": "new"}
    made = {"version": 1, "action": "send-sms", "state": "cancelled", "planned_at": BEGIN, "finished_at": END}
    return ExecutionRow.model_validate({**told, **place, **made, **parts})


@pytest.mark.parametrize(
    ("parts", "orders"),
    [
        ({"reason": "cancelled by ann: too early"}, [(END, CancelExecution, "ann: too early")]),
        ({"reason": "cancelled by version 2, published by ann, which ends what waited"}, []),
        ({"reason": "left the stage: moved to paid by user:ann"}, []),
        (
            {"state": "succeeded", "notes": (PlanNote(at=BEGIN + HOUR, new=BEGIN + HOUR, cause="retried by ann"),)},
            [(BEGIN + HOUR, RetryExecution, "ann")],
        ),
    ],
)
def test_what_people_ordered_is_read_from_what_it_did(parts: dict[str, Any], orders: list[Any]) -> None:
    assert [(at, type(order), order.by) for at, order in ordered(row(**parts))] == orders


# In a process of its own.


def test_a_process_of_its_own_tells_what_it_found_and_is_over() -> None:
    running = Running(recording(made_by("user:mara")), Trial(PIPELINE))
    assert Running.others()
    kind, [[_, differs, body]] = next_of(running)
    assert (kind, differs, "Hi Sofa" in body) == ("effects", ("only_simulated",), True)
    kind, summary = next_of(running)
    assert (kind, summary["differences"]) == ("summary", {"only_simulated": 1})
    running.join()
    assert not Running.others()


def test_what_goes_wrong_there_is_told_here() -> None:
    broken = Recording(BEGIN, END, config=(Entry(BEGIN, "crm.config.changed.v1", "{}"),))
    with pytest.raises(JobImpossible, match="an error of ours: KeyError"):
        next_of(Running(broken, Trial(PIPELINE)))
    running = Running(recording(), Trial(PIPELINE, tuple(recorded.published(DOCUMENT, 2))))
    running.kill()
    with pytest.raises(JobImpossible, match="was ended"):
        next_of(running)


def next_of(running: Running) -> Any:
    while (told := running.next()) is None:
        time.sleep(0.02)
    return told
