"""Calls of third-party apps: signed, known by the effect's id, typed both ways, answered at once or later."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import Desk, app, config
from chassis.answer_tokens import AnswerToken
from chassis.standard_webhooks import new_secret
from contracts.actions import AppAnswered, Recipient
from contracts.outcomes import EffectOutcome

LONG = "Ana Silva"


@pytest.fixture
async def desk(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("app")


def call(desk: Desk, action: str = "score", *, idempotent: bool = True, **inputs: Any) -> Any:
    params = {"inputs": {"client": LONG, **inputs}, "idempotent": idempotent}
    return desk.action(Recipient(whom="app:acme", name="acme"), action=f"app:acme/{action}", params=params)


async def failed(desk: Desk, action: Any) -> str:
    await desk.take(action)
    (outcome,) = await desk.work("failed")
    return outcome.reason


async def reinstall(desk: Desk, **more: Any) -> None:
    """Change the app's record."""
    sealer = desk.attempts.accounts.sealer
    assert sealer
    await desk.configure(config("app", "acme", app(desk.sim, sealer, **more)))


def answer(effect: EffectOutcome, outcome: Any = "done", **more: Any) -> AppAnswered:
    """Give what the app answers later, as the gateway hands it on."""
    told = {"app": "acme", "effect": effect.effect, "attempt": 1, "outcome": outcome, "at": effect.at}
    return AppAnswered.model_validate({**told, **more})


async def asked(desk: Desk) -> EffectOutcome:
    """Call the action that is answered later, and give the outcome that waits."""
    await desk.take(call(desk, "inspect", idempotent=False))
    (outcome,) = await desk.work("awaited")
    return outcome


@pytest.mark.req("G3")
async def test_an_app_is_called_with_typed_values_and_its_results_are_for_later_rules(desk: Desk) -> None:
    await desk.take(call(desk, amount="120.00 EUR", pieces="3", urgent="true"))
    (outcome,) = await desk.work("sent")
    assert outcome.results == {"score": 90, "level": "high"}
    (called,) = desk.sim.app.accepted
    assert called.inputs == {"client": LONG, "amount": "120.00 EUR", "pieces": 3, "urgent": True}
    assert (called.id, called.action, called.item) == (str(outcome.effect), "score", str(desk.item))
    assert called.headers["webhook-id"] == f"msg_{outcome.effect.hex}"
    assert called.answer_to == ""


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"client": ""}, "inputs.client: is missing"),
        ({"pieces": "three"}, "inputs.pieces: 'three' is not of kind integer: send a whole number"),
        ({"amount": "12"}, "inputs.amount: '12' is not of kind money: send it like '1200.00 EUR'"),
        ({"colour": "red"}, "inputs.colour: the manifest has no such value"),
    ],
)
async def test_values_that_are_not_what_the_app_takes_never_leave(desk: Desk, inputs: Any, words: str) -> None:
    assert words in await failed(desk, call(desk, **inputs))
    assert not desk.sim.heard.requests


async def test_an_app_that_says_no_is_a_failure_with_its_words(desk: Desk) -> None:
    assert await failed(desk, call(desk, client="nobody")) == "there is no such client"


async def test_results_that_are_not_what_the_manifest_says_fail_in_words(desk: Desk) -> None:
    desk.sim.app.careless.add("results")
    reason = await failed(desk, call(desk))
    assert reason.startswith("its answer is not what its manifest says: results.score: 'many' is not of kind integer")


@pytest.mark.parametrize("fault", ["cut_after", "garbage"])
async def test_only_an_idempotent_action_is_called_again_and_it_is_done_once(desk: Desk, fault: Any) -> None:
    desk.sim.fail("app", fault)
    await desk.take(call(desk))
    (outcome,) = await desk.work("sent")
    assert (outcome.attempts, len(desk.sim.app.accepted)) == (2, 1)


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "garbage"])
async def test_any_other_one_is_uncertain_then(desk: Desk, fault: Any) -> None:
    desk.sim.fail("app", fault)
    await desk.take(call(desk, idempotent=False))
    (outcome,) = await desk.work("uncertain")
    assert outcome.attempts == 1


async def test_an_app_that_cannot_now_is_called_again_when_it_says(desk: Desk) -> None:
    desk.sim.fail("app", "status", code=429, retry_after=0)
    desk.sim.fail("app", "status", code=503)
    await desk.take(call(desk, idempotent=False))
    (outcome,) = await desk.work("sent")
    assert (outcome.attempts, len(desk.sim.app.accepted)) == (3, 1)


async def test_an_app_that_is_slower_than_its_manifest_says_is_uncertain(desk: Desk) -> None:
    actions = [{**one, "time_limit": 1} for one in app(desk.sim, desk.attempts.accounts.sealer)["actions"][:1]]  # type: ignore[arg-type]
    await reinstall(desk, actions=actions)
    desk.sim.fail("app", "stall", seconds=5)
    await desk.take(call(desk, idempotent=False))
    (outcome,) = await desk.work("uncertain")
    assert "it did not answer, and may have taken it" in outcome.reason


async def test_a_signature_that_the_app_does_not_know_fails_in_words(desk: Desk) -> None:
    sealer = desk.attempts.accounts.sealer
    assert sealer
    await reinstall(desk, secrets={"secret": sealer.seal(new_secret(), "app/acme/secret")})
    assert "it refused with 401" in await failed(desk, call(desk))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("app:other/score", "the app 'other' is not installed any more"),
        ("app:acme/gone", "has no such action any more"),
    ],
)
async def test_an_app_or_action_that_is_gone_is_told(desk: Desk, action: str, words: str) -> None:
    assert words in await failed(desk, call(desk).model_copy(update={"action": action}))


async def test_a_later_answer_is_awaited_and_its_results_end_the_wait(desk: Desk) -> None:
    waiting = await asked(desk)
    assert (waiting.state, waiting.reason) == ("awaited", "the app took it, and answers later")
    (called,) = desk.sim.app.accepted
    token = called.answer_to.removeprefix("https://shop.example/callbacks/app/")
    sealer = desk.attempts.accounts.sealer
    assert sealer
    known = AnswerToken.open(token, sealer)
    assert (known.app, known.action, known.effect, known.item) == ("acme", "inspect", waiting.effect, desk.item)
    await desk.take(answer(waiting, results={"verdict": "sound"}))
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.results) == ("sent", {"verdict": "sound"})


async def test_a_second_answer_changes_nothing(desk: Desk) -> None:
    waiting = await asked(desk)
    first = answer(waiting, results={"verdict": "sound"})
    await desk.take(first, first, answer(waiting, results={"verdict": "rotten"}), answer(waiting, "failed"))
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.results) == ("sent", {"verdict": "sound"})


async def test_a_later_no_is_a_failure(desk: Desk) -> None:
    waiting = await asked(desk)
    await desk.take(answer(waiting, "failed", reason="nobody at home"))
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.reason) == ("failed", "nobody at home")


async def test_after_its_time_it_is_uncertain_and_not_called_again_and_a_late_answer_still_settles_it(
    desk: Desk,
) -> None:
    waiting = await asked(desk)
    await desk.end_claims()
    await desk.stale.turn()
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.attempts) == ("uncertain", 1)
    assert outcome.reason.startswith("the app took it, and did not answer until ")
    await desk.take(answer(waiting, results={"verdict": "late"}))
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.results) == ("sent", {"verdict": "late"})
    assert len(desk.sim.app.accepted) == 1


async def test_an_answer_that_overtakes_the_202_counts(desk: Desk) -> None:
    await desk.take(call(desk, "inspect", idempotent=False))
    turn = await desk.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await desk.take(answer(claimed.outcome(), results={"verdict": "quick"}))
    await desk.executor.carry_out(claimed, knowledge)
    (outcome,) = await desk.latest()
    assert (outcome.state, outcome.results) == ("sent", {"verdict": "quick"})


async def test_a_202_where_the_manifest_says_at_once_is_uncertain(desk: Desk) -> None:
    record = app(desk.sim, desk.attempts.accounts.sealer)  # type: ignore[arg-type]
    actions = [{**one, "answers": "at_once", "time_limit": 5} for one in record["actions"]]
    await reinstall(desk, actions=actions)
    desk.sim.app.careless.add("later")
    await desk.take(call(desk, "inspect", idempotent=False))
    (outcome,) = await desk.work("uncertain")
    assert outcome.reason == "it says that it answers later, and its manifest says at once"
