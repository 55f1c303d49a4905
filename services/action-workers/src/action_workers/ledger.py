"""The states of an effect, and what leads from one to the next; each step gives the new row, or None for no change.

planned ─▶ claimed ─▶ sent ─▶ confirmed | bounced
   ▲          ├─▶ failed        the provider refused, or the last attempt is over
   └──────────┤                 parked: tried again at `not_before`
              └─▶ uncertain     touched, no answer: a late answer, a report or a person settles it
claimed ─▶ awaited ─▶ sent | failed | uncertain     the far end took it, and answers later
claimed ─▶ buffered ─▶ claimed     it goes with others, when there are enough
planned ─▶ skipped | missed | cancelled
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chassis.retry import Pauses
from contracts.actions import AppAnswered, ProviderCallback
from contracts.outcomes import EffectState

from action_workers.answers import Accepted, Answer, Gathered, Refused, Sent, TryLater, TryNext, Unknown
from action_workers.effect import Effect

TOUCHED: frozenset[EffectState] = frozenset({"awaited", "uncertain"})
REACHED: frozenset[EffectState] = frozenset({"sent", "confirmed", "bounced"})
LONGEST_WAIT = timedelta(days=1)
LATE = "the app answered after its time"
DOUBLED = "possibly sent twice: an earlier attempt got no answer"
LEFT_OUT = "no longer meant when it was retried"


def changed(effect: Effect, at: datetime, **fields: Any) -> Effect:
    """Give the row after a change."""
    return replace(effect, version=effect.version + 1, at=at, **fields)


def opened(effect: Effect, now: datetime) -> Effect:
    """Give a row as it begins: planned, or ended at once where nobody can be reached or it is too late."""
    if effect.recipient.missing:
        return replace(effect, state="skipped", reason=effect.recipient.missing, at=now)
    if too_late(effect, now):
        return replace(effect, state="missed", reason=said_too_late(effect), at=now)
    return replace(effect, at=now, not_before=now)


def renewed(effect: Effect, fresh: Effect, now: datetime) -> Effect | None:
    """Take a higher round: what has not been sent is planned afresh, the rest only counts in the new round."""
    if fresh.round <= effect.round:
        return None
    counted = changed(effect, now, round=fresh.round, effects=fresh.effects)
    if effect.state in REACHED or effect.state in TOUCHED:
        return counted
    again = replace(
        fresh,
        version=counted.version,
        attempts=effect.attempts,
        last_attempt=effect.attempts + fresh.last_attempt,
        doubled=effect.doubled,
    )
    if effect.state == "claimed":
        return replace(again, state="claimed", claimed_until=effect.claimed_until, not_before=now, at=now)
    return opened(again, now)


def left_out(effect: Effect, round_: int, effects: int, now: datetime) -> Effect | None:
    """End what a higher round no longer asks for: what was not sent counts for nothing in it, and says so once more.

    `effects` are all of the execution. What is on its way, or was sent, tells that by itself.
    """
    if effect.round >= round_ or effect.state in REACHED or effect.state in {"claimed", "awaited"}:
        return None
    counted = changed(effect, now, round=round_, effects=effects)
    if effect.state == "uncertain":
        return counted
    waited = effect.state in {"planned", "buffered"}
    return replace(counted, state="cancelled" if waited else "skipped", reason=LEFT_OUT)


def withdrawn(effect: Effect, reason: str, asked_at: datetime, now: datetime) -> Effect | None:
    """Cancel what is not claimed; what is claimed is not tried again. An order from before the round is over."""
    if asked_at < effect.asked_at:
        return None
    if effect.state in {"planned", "buffered"}:
        return changed(effect, now, state="cancelled", reason=reason)
    if effect.state == "claimed" and not effect.withdrawn:
        return changed(effect, now, withdrawn=reason)
    return None


def claimed(effect: Effect, now: datetime, until: datetime) -> Effect:
    """Claim what is planned, before the outside world is touched; what is too late by now is missed."""
    if too_late(effect, now):
        return changed(effect, now, state="missed", reason=said_too_late(effect))
    return changed(effect, now, state="claimed", claimed_until=until, attempts=effect.attempts + 1)


def unclaimed(effect: Effect, claim: Effect, reason: str, now: datetime) -> Effect | None:
    """Take back a claim by which nothing was touched: planned again, and its attempt does not count.

    A claim that is another one, though it has the same number, is not this one's to take back.
    """
    is_it = (effect.attempts, effect.claimed_until) == (claim.attempts, claim.claimed_until)
    if effect.state != "claimed" or not is_it:
        return None
    if effect.withdrawn:
        return changed(effect, now, state="cancelled", reason=effect.withdrawn)
    more = effect.last_attempt + 1
    return changed(effect, now, state="planned", reason=reason, not_before=now, last_attempt=more)


def answered(effect: Effect, number: int, answer: Answer, now: datetime, *, pauses: Pauses) -> Effect | None:
    """Take the answer to the attempt of this number; a late one still replaces `uncertain`."""
    if effect.attempts != number or not awaits(effect, answer):
        return None
    match answer:
        case Sent():
            return carried_out(effect, answer, now)
        case Gathered() | Accepted():
            return held(effect, answer, now)
        case Refused():
            return changed(effect, now, state="failed", reason=answer.reason)
        case TryNext() | TryLater():
            return put_back(effect, answer, now, pauses)
        case Unknown():
            return doubted(effect, answer, now, pauses)


def carried_out(effect: Effect, answer: Sent, now: datetime) -> Effect:
    """Take that it is done, and say so where it may have been done twice."""
    told = "; ".join(filter(None, (DOUBLED if effect.doubled else "", answer.words)))
    return changed(effect, now, state="sent", reason=told, reference=answer.reference, results=answer.results)


def awaits(effect: Effect, answer: Answer) -> bool:
    """Say whether a row takes this answer; what is planned again takes only late good news."""
    return effect.state in {"claimed", "uncertain"} or (effect.state == "planned" and isinstance(answer, Sent))


def held(effect: Effect, answer: Gathered | Accepted, now: datetime) -> Effect:
    """Let it wait: for a later answer; or for others, unless it was withdrawn, and the attempt does not count."""
    if isinstance(answer, Accepted):
        until = now + answer.within
        return changed(effect, now, state="awaited", reason=answer.reason, claimed_until=until)
    if effect.withdrawn:
        return changed(effect, now, state="cancelled", reason=effect.withdrawn)
    return changed(effect, now, state="buffered", reason=answer.reason, last_attempt=effect.last_attempt + 1)


def parked(effect: Effect, answer: TryLater, now: datetime, pauses: Pauses) -> Effect:
    """Plan the next attempt, unless it was withdrawn meanwhile or this was the last."""
    if effect.withdrawn:
        return changed(effect, now, state="cancelled", reason=effect.withdrawn)
    if effect.attempts >= effect.last_attempt:
        return changed(effect, now, state="failed", reason=f"gave up after attempt {effect.attempts}: {answer.reason}")
    return changed(effect, now, state="planned", reason=answer.reason, not_before=now + pause(effect, answer, pauses))


def put_back(effect: Effect, answer: TryNext | TryLater, now: datetime, pauses: Pauses) -> Effect:
    """Plan it again: later, or the next way at once; that refusal was definite, so nothing is doubled."""
    if isinstance(answer, TryLater):
        return parked(effect, answer, now, pauses)
    if effect.withdrawn:
        return changed(effect, now, state="cancelled", reason=effect.withdrawn)
    return changed(effect, now, state="planned", reason=answer.reason, results=answer.results, not_before=now)


def doubted(effect: Effect, answer: Unknown, now: datetime, pauses: Pauses) -> Effect | None:
    """Take that nobody knows: `uncertain`, or tried again where that does no harm or the rule wants it."""
    may_repeat = effect.repeatable or effect.at_least_once
    if may_repeat and not effect.withdrawn and effect.attempts < effect.last_attempt:
        again = parked(effect, TryLater(answer.reason), now, pauses)
        return replace(again, doubled=effect.doubled or not effect.repeatable)
    if effect.state == "uncertain":
        return None
    return changed(effect, now, state="uncertain", reason=answer.reason)


def pause(effect: Effect, answer: TryLater, pauses: Pauses) -> timedelta:
    """Give how long to wait: what the provider asked for, up to a day, else our own growing pause."""
    if answer.after is not None:
        return min(answer.after, LONGEST_WAIT)
    return timedelta(seconds=pauses.of(effect.attempts))


def overdue(effect: Effect, now: datetime) -> Effect:
    """End the wait for a later answer: the far end has it, so that it is not asked again, and nobody knows its end."""
    reason = f"the app took it, and did not answer until {now:%Y-%m-%d %H:%M} UTC"
    return changed(effect, now, state="uncertain", reason=reason)


def replied(effect: Effect, answer: AppAnswered, now: datetime) -> Effect | None:
    """Take a later answer: what was done is done, however late; that it failed settles only what waits for it."""
    if effect.attempts == 0 or effect.state in REACHED:
        return None
    if answer.outcome == "done":
        return done_later(effect, answer, now)
    if effect.state in {"claimed", *TOUCHED} and answer.attempt == effect.attempts:
        return changed(effect, now, state="failed", reason=answer.reason)
    return None


def done_later(effect: Effect, answer: AppAnswered, now: datetime) -> Effect:
    """Take that an app has done it; what it says of whoever was erased meanwhile, who is `missing`, is not kept."""
    late = LATE if effect.state == "uncertain" else ""
    results = {} if effect.recipient.missing else answer.results
    return changed(effect, now, state="sent", reason=DOUBLED if effect.doubled else late, results=results)


def settled(effect: Effect, *, sent: bool, by: str, now: datetime) -> Effect | None:
    """Take a person's word on what is uncertain."""
    if effect.state != "uncertain":
        return None
    if sent:
        return changed(effect, now, state="sent", reason=f"{by} says that it was sent")
    return changed(effect, now, state="failed", reason=f"{by} says that it was not sent")


def reported(effect: Effect, callback: ProviderCallback, now: datetime) -> Effect | None:
    """Take the provider's later report: it is the truth about whatever was attempted."""
    if effect.attempts == 0 or callback.state not in MAY_REPORT.get(effect.state, ALL_GOOD):
        return None
    return changed(
        effect,
        now,
        state=callback.state,
        reason=callback.reason,
        reference=effect.reference or callback.reference,
    )


ALL_GOOD: frozenset[str] = frozenset({"sent", "confirmed"})
MAY_REPORT: dict[str, frozenset[str]] = {
    "claimed": REACHED,
    "awaited": REACHED,
    "uncertain": REACHED,
    "sent": frozenset({"confirmed", "bounced"}),
    "confirmed": frozenset(),
    "bounced": frozenset(),
}


def too_late(effect: Effect, now: datetime) -> bool:
    """Say whether the rule no longer wants it."""
    return effect.expires_at is not None and now > effect.expires_at


def said_too_late(effect: Effect) -> str:
    """Say in words that it is too late, and what held it up where that is known."""
    assert effect.expires_at is not None  # noqa: S101  asked only of what is too late
    words = f"too late: it was wanted before {effect.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{words}; last: {effect.reason}" if effect.reason else words
