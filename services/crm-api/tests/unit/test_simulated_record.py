"""The record in memory answers rules, people and signals as crm-api does."""

from datetime import timedelta
from typing import Any

import pytest
from automation.simulation.hashing import decision_hashes
from crm_api.activities.activity import activity_id
from crm_api.simulation.running import Outcome, Trial, simulate
from crm_api.testing import month, recorded
from crm_api.testing.month import PIPELINE, Deed, Do, Json, rule, sms, trigger

DAY = timedelta(days=1)
HI = rule("hi", sms("Hi"))
BEGUN = [
    Deed(timedelta(), 1, "contact", {"name": "Ana", "phone": "+351910000001"}),
    Deed(timedelta(), 1, "deal", {"title": "Sofa", "fields": {"amount": "700 EUR"}}),
]
SECOND = [
    Deed(timedelta(), 2, "contact", {"name": "Rita", "phone": "+351910000002"}),
    Deed(timedelta(), 2, "deal", {"title": "Table", "fields": {}}),
]


def deed(days: float, do: Do, **values: Any) -> Deed:
    return Deed(days * DAY, 1, do, values)


def lived(stages: dict[str, Json], *deeds: Deed) -> Outcome:
    """Simulate what people did with the rules and triggers of these stages."""
    document = {"stages": [{"key": one["key"], **stages.get(one["key"], {})} for one in kinds()]}
    return simulate(recorded.recording([*BEGUN, *deeds], document=document), Trial(PIPELINE))


def kinds() -> list[Json]:
    return [{key: value for key, value in one.items() if key in {"key", "kind"}} for one in month.STAGES]


def stages(**rules: Any) -> dict[str, Json]:
    return {stage: {"rules": own} for stage, own in rules.items()}


def came_to(outcome: Outcome, *, of: str = "") -> dict[str, tuple[str, str]]:
    return {r.rule_key: (r.state, r.reason) for r in outcome.rows.values() if of in {"", r.rule_key}}


def results(outcome: Outcome, key: str) -> list[Json]:
    return [row.results for row in outcome.rows.values() if row.rule_key == key]


def test_a_rule_moves_an_item_on_whose_next_stage_has_rules() -> None:
    found = lived(stages(new=[rule("on", {"move-item": {"stage": "talks"}}, {"after": "2 days"})], talks=[HI]))
    assert came_to(found) == {"on": ("succeeded", ""), "hi": ("succeeded", "")}
    assert [one.at - month.BEGIN for one in found.effects] == [2 * DAY + timedelta(microseconds=1)] * 2


def test_a_person_who_moves_it_first_cancels_what_waits() -> None:
    rules = stages(new=[rule("on", {"move-item": {"stage": "talks"}}, {"after": "2 days"})], documents=[HI])
    found = lived(rules, deed(1, "move", stage="documents"))
    assert came_to(found)["on"] == ("cancelled", "left the stage: moved to documents by user:mara")


def test_a_person_moves_it_from_wherever_it_stands_and_that_is_noted() -> None:
    rules = stages(new=[rule("on", {"move-item": {"stage": "talks"}})], documents=[HI])
    found = lived(rules, deed(1, "move", stage="documents"))
    assert came_to(found)["hi"] == ("succeeded", "")
    assert [one.words for one in found.notes] == ["somebody moved it from new to documents; it stood in talks"]


def test_a_person_who_moves_it_where_it_stands_already_changes_nothing() -> None:
    quiet = rule("quiet", sms("Hi"), {"after": "2 days", "since": "last_change"})
    rules = stages(new=[rule("on", {"move-item": {"stage": "talks"}})], talks=[quiet])
    found = lived(rules, deed(1, "move", stage="talks"))
    assert [one.words for one in found.notes] == ["somebody moved it to talks; it stands there already"]
    assert [(one.at - month.BEGIN).days for one in found.effects] == [0, 2]


def test_a_field_that_a_rule_changes_wakes_a_trigger() -> None:
    rules = stages(new=[rule("rush", {"change-item": {"fields": {"urgent": "true"}}})], talks=[HI])
    rules["talks"]["triggers"] = [trigger("urgent", "field.changed", filter={"field": "urgent"})]
    assert came_to(lived(rules))["hi"] == ("succeeded", "")


def test_what_a_rule_writes_must_fit_its_field() -> None:
    [reason] = [
        r for _, r in came_to(lived(stages(new=[rule("x", {"change-item": {"fields": {"amount": "x"}}})]))).values()
    ]
    assert "fields.amount" in reason


def test_a_circle_ends_in_a_simulation_too() -> None:
    turn = {"new": "talks", "talks": "new"}
    found = lived(stages(**{at: [rule("round", {"move-item": {"stage": to}})] for at, to in turn.items()}))
    assert {state for state, _ in came_to(found).values()} <= {"failed", "succeeded"}
    [reason] = [row.reason for row in found.rows.values() if row.state == "failed"]
    assert reason == "loop: it returned 10 times"


def test_whose_turn_it_is_goes_round() -> None:
    give = {"assign": {"to": "round-robin", "among": {"people": ["eva", "mara"]}}}
    found = lived(stages(new=[rule("give", give, {"after": "3 hours"})]), *SECOND)
    assert sorted(one["id"] for one in results(found, "give")) == ["eva", "mara"]


def test_who_has_least_to_do_is_chosen() -> None:
    give = {"assign": {"to": "least-busy", "among": {"people": ["eva", "mara"]}}}
    found = lived(stages(new=[rule("give", give, {"after": "3 hours"})]), *SECOND)
    # Mara has both at first.
    assert results(found, "give")[0]["id"] == "eva"


def test_what_a_rule_makes_has_an_id_that_follows_from_its_execution_and_rules_of_its_own() -> None:
    copy = {"repeat-sale": {"pipeline": PIPELINE, "stage": "talks", "title": "Once more"}}
    rules = stages(new=[rule("copy", copy)], talks=[HI])
    first, again = lived(rules), lived(rules)
    [made] = results(first, "copy")
    assert [str(row.item) for row in first.rows.values() if row.rule_key == "hi"] == [made["id"]]
    assert results(again, "copy") == [made]


def test_a_deleted_item_is_left_alone_and_what_somebody_does_with_it_is_noted() -> None:
    rules = stages(
        new=[rule("gone", {"delete-item": {}}, {"after": "1 day"}), rule("later", sms("Hi"), {"after": "2 days"})]
    )
    found = lived(rules, deed(3, "change", wish="A chair"))
    assert came_to(found, of="later") == {"later": ("cancelled", "item_deleted")}
    assert [one.words for one in found.notes] == ["the item is deleted in the simulation"]


@pytest.mark.parametrize(("days", "state"), [(1, "succeeded"), (5, "skipped")])
def test_a_signal_reaches_the_client_who_is_known_by_a_phone(days: float, state: str) -> None:
    rules = stages(new=[rule("read", sms("Hi"), {"wait_for": "document.opened", "at_most": "3 days"})])
    assert came_to(lived(rules, deed(days, "signal", kind="document.opened")))["read"][0] == state


def test_a_signal_from_outside_moves_by_the_triggers_that_are_tried() -> None:
    rules = stages(paid=[HI])
    rules["paid"]["triggers"] = [trigger("pays", "payment.received")]
    found = lived(rules, deed(1, "signal", kind="payment.received"), deed(2, "signal", kind="visit"))
    assert came_to(found)["hi"] == ("succeeded", "")


@pytest.mark.parametrize(("size", "state"), [(3, "succeeded"), (4, "")])
def test_signals_are_gathered_until_the_item_is_quiet_and_decided_then(size: int, state: str) -> None:
    rules = stages(paid=[HI])
    settle = {"quiet": "1 day", "at_most": "3 days"}
    when = {"field": "signals.size", "equals": size}
    rules["paid"]["triggers"] = [trigger("pays", "payment.received", settle=settle, when=when)]
    came = (deed(day, "signal", kind="payment.received") for day in (1, 1.5, 2, 8))
    found = lived(rules, *came, deed(9.5, "signal", kind="visit"))
    assert came_to(found).get("hi", ("", ""))[0] == state
    assert [(row.planned_at - month.BEGIN).days for row in found.rows.values()] == ([3] if state else [])


def test_a_trial_replaces_the_rules_from_the_beginning_of_the_window() -> None:
    recording = recorded.recording(BEGUN, document={"stages": [{"key": "new", "rules": [HI]}]})
    tried = recorded.published({"stages": [{"key": "new", "rules": [rule("bye", sms("Bye"))]}]}, 2)
    assert set(came_to(simulate(recording, Trial(PIPELINE, tried)))) == {"bye"}
    assert set(came_to(simulate(recording, Trial(PIPELINE)))) == {"hi"}


def test_a_simulation_gives_the_same_each_time() -> None:
    recording = recorded.recording(month.deeds(3, 30))
    first, again = (simulate(recording, Trial(PIPELINE)) for _ in range(2))
    assert decision_hashes(first.rows.values()) == decision_hashes(again.rows.values())
    assert [one.effect for one in first.effects] == [one.effect for one in again.effects]
    assert {row.state for row in first.rows.values()} >= {"succeeded", "cancelled", "skipped", "waiting", "blocked"}


def test_rules_whose_owner_may_not_do_it_fail_in_words() -> None:
    document = {"stages": [{"key": "new", "rules": [rule("on", {"delete-item": {}})]}]}
    recording = recorded.recording(BEGUN, document=document)
    tried = recorded.published(document, 2, by="user:nobody")
    [row] = simulate(recording, Trial(PIPELINE, tried)).rows.values()
    assert row.state == "failed"
    assert row.reason.startswith("the rule acts with the rights of user:nobody")
    [row] = simulate(recording, Trial(PIPELINE, tried, frozenset({"user:nobody"}))).rows.values()
    assert row.state == "succeeded"


def test_what_is_put_into_calendars_is_told_with_the_ids_that_it_has_in_life() -> None:
    call = {"subject": "Call {{ contact.name }}", "at": "1 hour"}
    rules = [
        rule("call", {"schedule-call": call}),
        rule("remind", {"remind": {"text": "Call {{ contact.name }}", "at": "1 day"}}),
        rule("behind", sms("{{ results.call.url }}"), {"after_previous": "0 minutes"}),
    ]
    found = lived(stages(new=rules))
    assert came_to(found) == dict.fromkeys(("call", "remind", "behind"), ("succeeded", ""))
    [made] = [row for row in found.rows.values() if row.rule_key == "call"]
    id_ = str(activity_id(made.id))
    assert made.results == {"id": id_, "url": f"/v1/activities/{id_}"}
