"""What this service orders of itself: to take people out of audiences, or to put them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id
from contracts.actions import Recipient
from contracts.envelope import Cause

from action_workers.effect import Effect
from action_workers.memberships.membership import ADD, KIND, REMOVE, Member

# Somebody who is to be out is tried to be taken out for months, whatever the platform says meanwhile.
ATTEMPTS = 500


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is ordered: in words, from what, and when."""

    words: str
    cause: Cause
    at: datetime


def order(action: str, member: Member, people: Iterable[dict[str, str]], of: Iterable[UUID], why: Why) -> Effect:
    """Order a change of a member's place; `of` are the effects whose rows tell how it comes out.

    It belongs to no execution and names no person: what it carries are hashes, which an erasure must not stop.
    """
    id_ = new_id()
    asked = {"people": list(people), "of": sorted(map(str, of)), "because": why.words}
    place = {"audience": member.place.audience, "contact": str(member.place.contact)}
    return Effect(
        id=id_,
        execution=id_,
        kind=KIND,
        action=action,
        item=id_,
        activation=0,
        round=1,
        effects=1,
        recipient=Recipient(whom=f"audience:{member.place.audience}:{member.place.contact}"),
        connection=member.place.connection,
        params={**place, **asked, **member.settings},
        asked_at=why.at,
        not_before=why.at,
        expires_at=None,
        at_least_once=False,
        repeatable=True,
        last_attempt=ATTEMPTS,
        cause=why.cause,
        at=why.at,
    )


def removal(member: Member, people: Iterable[dict[str, str]], of: Iterable[UUID], why: Why) -> Effect:
    """Order to take a member out."""
    return order(REMOVE, member, people, of, why)


def return_of(member: Member, why: Why) -> Effect:
    """Order to put a member in again."""
    return order(ADD, member, member.people, (), why)


def is_ours(effect: Effect) -> bool:
    """Say whether an effect was ordered here, by no rule."""
    return effect.execution == effect.id
