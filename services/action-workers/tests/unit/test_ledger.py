"""The states of an effect: every step from every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from action_workers import ledger
from action_workers.answers import Answer, Refused, Sent, TryLater, Unknown
from action_workers.effect import Effect
from chassis.retry import Pauses
from contracts.actions import ProviderCallback, Recipient
from contracts.envelope import Cause
from contracts.outcomes import EffectState

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ID = UUID(int=1)
STEADY = Pauses(first=2.0, longest=8.0, jitter=0.0)
STATES: tuple[EffectState, ...] = get_args(EffectState)
ANSWERS: tuple[Answer, ...] = (Sent("SM1", {"sid": "SM1"}), Refused("no"), TryLater("busy"), Unknown("silence"))


def effect(**fields: object) -> Effect:
    plain = Effect(
        id=ID,
        execution=UUID(int=2),
        kind="sms",
        action="send-sms",
        item=UUID(int=3),
        activation=1,
        round=1,
        effects=1,
        recipient=Recipient(whom="contact:4", address="+351910000001", contact=UUID(int=4)),
        connection="",
        params={"text": "hello"},
        asked_at=NOW,
        not_before=NOW,
        expires_at=None,
        at_least_once=False,
        repeatable=False,
        last_attempt=3,
        cause=Cause(UUID(int=5), UUID(int=6)),
        at=NOW,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def claimed(**fields: object) -> Effect:
    return effect(**{"state": "claimed", "attempts": 1, "claimed_until": NOW, **fields})


def answered(row: Effect, answer: Answer, number: int = 1) -> Effect | None:
    return ledger.answered(row, number, answer, LATER, pauses=STEADY)


def report(state: str) -> ProviderCallback:
    return ProviderCallback.model_validate(
        {"provider": "twilio", "effect": ID, "reference": "SM1", "state": state, "reason": "30003", "at": LATER}
    )


def test_a_new_effect_is_planned_at_once() -> None:
    row = ledger.opened(effect(), LATER)
    assert (row.state, row.version, row.not_before) == ("planned", 1, LATER)


def test_who_cannot_be_reached_is_skipped_with_the_reason() -> None:
    row = ledger.opened(effect(recipient=Recipient(whom="contact", missing="the contact has no phone")), NOW)
    assert (row.state, row.reason) == ("skipped", "the contact has no phone")


def test_what_is_ordered_too_late_is_missed() -> None:
    row = ledger.opened(effect(expires_at=NOW), LATER)
    assert row.state == "missed"
    assert "2026-11-22 10:00 UTC" in row.reason


def test_the_last_moment_is_not_too_late() -> None:
    assert ledger.opened(effect(expires_at=NOW), NOW).state == "planned"


def test_a_claim_counts_an_attempt_and_has_an_end() -> None:
    row = ledger.claimed(effect(), NOW, LATER)
    assert (row.state, row.attempts, row.claimed_until, row.version) == ("claimed", 1, LATER, 2)


def test_what_became_too_late_while_it_was_parked_is_missed_and_says_what_held_it_up() -> None:
    row = ledger.claimed(effect(expires_at=NOW, reason="Twilio answered 503", attempts=2), LATER, LATER)
    assert (row.state, row.attempts) == ("missed", 2)
    assert "Twilio answered 503" in row.reason


@pytest.mark.parametrize(
    ("answer", "state"),
    [(ANSWERS[0], "sent"), (ANSWERS[1], "failed"), (ANSWERS[2], "planned"), (ANSWERS[3], "uncertain")],
)
def test_the_answer_decides_where_a_claimed_effect_goes(answer: Answer, state: EffectState) -> None:
    row = answered(claimed(), answer)
    assert row is not None
    assert (row.state, row.version, row.at) == (state, 2, LATER)


def test_what_was_sent_has_the_provider_s_reference_and_results() -> None:
    row = answered(claimed(reason="busy"), ANSWERS[0])
    assert row is not None
    assert (row.reference, row.results, row.reason) == ("SM1", {"sid": "SM1"}, "")


@pytest.mark.parametrize("state", [s for s in STATES if s not in {"claimed", "uncertain", "planned"}])
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_changes_what_has_ended(state: EffectState, answer: Answer) -> None:
    assert answered(effect(state=state, attempts=1), answer) is None


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_answer_to_an_earlier_attempt_does_not_count(answer: Answer) -> None:
    assert answered(claimed(attempts=2), answer, number=1) is None


@pytest.mark.parametrize(
    ("answer", "state"), [(ANSWERS[0], "sent"), (ANSWERS[1], "failed"), (ANSWERS[2], "planned"), (ANSWERS[3], None)]
)
def test_a_late_answer_replaces_uncertain(answer: Answer, state: EffectState | None) -> None:
    row = answered(effect(state="uncertain", attempts=1), answer)
    assert (row.state if row else None) == state


@pytest.mark.parametrize("answer", ANSWERS)
def test_only_late_good_news_changes_what_is_planned_again(answer: Answer) -> None:
    row = answered(effect(state="planned", attempts=1), answer)
    assert (row is not None) == isinstance(answer, Sent)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4)])
def test_pauses_between_attempts_grow(attempts: int, seconds: int) -> None:
    row = answered(claimed(attempts=attempts), TryLater("busy"), attempts)
    assert row is not None
    assert row.not_before == LATER + timedelta(seconds=seconds)


def test_the_provider_s_wish_to_wait_is_honoured() -> None:
    row = answered(claimed(), TryLater("busy", timedelta(minutes=5)))
    assert row is not None
    assert row.not_before == LATER + timedelta(minutes=5)


def test_a_wish_to_wait_for_ever_is_not() -> None:
    row = answered(claimed(), TryLater("busy", timedelta(days=400)))
    assert row is not None
    assert row.not_before == LATER + timedelta(days=1)


def test_after_the_last_attempt_it_has_failed_and_says_why() -> None:
    row = answered(claimed(attempts=3), TryLater("Twilio answered 503"), 3)
    assert row is not None
    assert (row.state, row.reason) == ("failed", "gave up after attempt 3: Twilio answered 503")


def test_silence_is_asked_again_where_the_provider_knows_a_repeat() -> None:
    row = answered(claimed(repeatable=True), Unknown("silence"))
    assert row is not None
    assert (row.state, row.doubled) == ("planned", False)


def test_silence_is_asked_again_where_the_rule_wants_it_and_the_second_is_marked() -> None:
    row = answered(claimed(at_least_once=True), Unknown("silence"))
    assert row is not None
    assert (row.state, row.doubled) == ("planned", True)
    sent = answered(replace(row, state="claimed", attempts=2), ANSWERS[0], 2)
    assert sent is not None
    assert (sent.state, sent.reason) == ("sent", ledger.DOUBLED)


@pytest.mark.parametrize("kind", ["repeatable", "at_least_once"])
def test_silence_at_the_last_attempt_is_uncertain_for_all(kind: str) -> None:
    row = answered(claimed(attempts=3, **{kind: True}), Unknown("silence"), 3)
    assert row is not None
    assert row.state == "uncertain"


@pytest.mark.parametrize("state", STATES)
def test_a_cancel_ends_what_waits_and_nothing_else(state: EffectState) -> None:
    row = ledger.withdrawn(effect(state=state, attempts=1), "left the stage", NOW, LATER)
    if state in {"planned", "buffered"}:
        assert row is not None
        assert (row.state, row.reason) == ("cancelled", "left the stage")
    elif state == "claimed":
        assert row is not None
        assert (row.state, row.withdrawn) == ("claimed", "left the stage")
    else:
        assert row is None


def test_a_cancel_that_comes_twice_changes_a_claimed_effect_once() -> None:
    assert ledger.withdrawn(claimed(withdrawn="left"), "left", NOW, LATER) is None


def test_a_cancel_from_before_the_round_does_not_concern_it() -> None:
    assert ledger.withdrawn(effect(round=2, asked_at=LATER), "left", NOW, LATER) is None


@pytest.mark.parametrize(
    ("answer", "state"),
    [(ANSWERS[0], "sent"), (ANSWERS[1], "failed"), (ANSWERS[2], "cancelled"), (ANSWERS[3], "uncertain")],
)
def test_what_was_cancelled_while_claimed_is_not_tried_again(answer: Answer, state: EffectState) -> None:
    row = answered(claimed(withdrawn="left the stage", repeatable=True), answer)
    assert row is not None
    assert row.state == state


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("sent", [True, False])
def test_a_person_s_word_settles_only_what_is_uncertain(state: EffectState, sent: bool) -> None:  # noqa: FBT001  a case
    row = ledger.settled(effect(state=state, attempts=1), sent=sent, by="user:ann", now=LATER)
    if state != "uncertain":
        assert row is None
        return
    assert row is not None
    assert row.state == ("sent" if sent else "failed")
    assert "user:ann" in row.reason


REPORTS = {
    "planned": {"sent", "confirmed"},
    "claimed": {"sent", "confirmed", "bounced"},
    "awaited": {"sent", "confirmed", "bounced"},
    "uncertain": {"sent", "confirmed", "bounced"},
    "sent": {"confirmed", "bounced"},
    "confirmed": set(),
    "bounced": set(),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("told", ["sent", "confirmed", "bounced"])
def test_a_provider_s_report_is_the_truth_about_what_was_attempted(state: EffectState, told: str) -> None:
    row = ledger.reported(effect(state=state, attempts=1), report(told), LATER)
    assert (row is not None) == (told in REPORTS.get(state, {"sent", "confirmed"}))
    if row is not None:
        assert (row.state, row.reference, row.reason) == (told, "SM1", "30003")


def test_a_report_on_what_was_never_attempted_is_ignored() -> None:
    assert ledger.reported(effect(), report("confirmed"), LATER) is None


@pytest.mark.parametrize("state", STATES)
def test_a_round_that_is_known_changes_nothing(state: EffectState) -> None:
    assert ledger.renewed(effect(state=state), effect(), LATER) is None


@pytest.mark.parametrize("state", ["sent", "confirmed", "bounced", "uncertain"])
def test_a_higher_round_only_counts_what_was_or_may_have_been_sent(state: EffectState) -> None:
    before = effect(state=state, attempts=1, reference="SM1")
    fresh = effect(round=2, effects=2, params={"text": "anew"})
    row = ledger.renewed(before, fresh, LATER)
    assert row == replace(before, round=2, effects=2, version=2, at=LATER)


@pytest.mark.parametrize("state", ["planned", "failed", "skipped", "cancelled", "missed", "buffered"])
def test_a_higher_round_plans_afresh_what_was_not_sent(state: EffectState) -> None:
    before = effect(state=state, attempts=3, reason="gave up", version=7)
    row = ledger.renewed(before, effect(round=2, params={"text": "anew"}), LATER)
    assert row is not None
    assert (row.state, row.version, row.round, row.reason) == ("planned", 8, 2, "")
    assert (row.attempts, row.last_attempt) == (3, 6)
    assert (row.params, row.not_before) == ({"text": "anew"}, LATER)


def test_a_higher_round_leaves_a_claim_in_place_and_renews_what_would_follow() -> None:
    before = claimed(withdrawn="left")
    row = ledger.renewed(before, effect(round=2, params={"text": "anew"}), LATER)
    assert row is not None
    assert (row.state, row.attempts, row.claimed_until, row.withdrawn) == ("claimed", 1, NOW, "")
    assert row.params == {"text": "anew"}


def test_a_higher_round_skips_again_who_still_cannot_be_reached() -> None:
    missing = effect(round=2, recipient=Recipient(whom="contact:4", missing="the contact has no phone"))
    row = ledger.renewed(effect(state="skipped"), missing, LATER)
    assert row is not None
    assert (row.state, row.round, row.version) == ("skipped", 2, 2)


ON_ITS_WAY_OR_SENT = {"claimed", "awaited", "sent", "confirmed", "bounced"}
LEFT_OUT = {"planned": "cancelled", "buffered": "cancelled", "uncertain": "uncertain"}


@pytest.mark.parametrize("state", STATES)
def test_who_is_no_longer_meant_gets_nothing_more_and_counts_for_nothing_in_the_new_round(state: EffectState) -> None:
    row = ledger.left_out(effect(state=state), 2, 3, LATER)
    if state in ON_ITS_WAY_OR_SENT:
        assert row is None
    else:
        assert row is not None
        assert (row.state, row.round, row.effects, row.version) == (LEFT_OUT.get(state, "skipped"), 2, 3, 2)
        assert ledger.left_out(row, 2, 3, LATER) is None


def test_an_outcome_says_all_that_others_need() -> None:
    outcome = claimed(state="failed", reason="no", version=4).outcome()
    assert (outcome.effect, outcome.state, outcome.version, outcome.whom) == (ID, "failed", 4, "contact:4")
    assert (outcome.attempts, outcome.round, outcome.effects, outcome.reason) == (1, 1, 1, "no")
