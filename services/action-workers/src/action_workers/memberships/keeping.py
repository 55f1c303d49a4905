"""Keeping who is in which audience, in the transaction that records what became of an attempt.

A member leaves when the last reason for it is over. What changes one member waits for the lock on its row, so that
what is known last is what the platform is told last: whoever was put in while being taken out is put in again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Transaction

from action_workers import ledger
from action_workers import store as effects_store
from action_workers.effect import Effect
from action_workers.memberships import orders, store
from action_workers.memberships.membership import ADD, REMOVE, Member, Place, Reason, Stand, over, place_of
from action_workers.memberships.orders import Why

WANTED_AGAIN = "wanted again"
ERASED = "the person was erased"


@dataclass(frozen=True, slots=True)
class Done:
    """An attempt's end: the row as it was claimed and as it is now, and whom the platform was told of.

    What the row says of whom it is about is read as it was claimed: an erasure may have emptied it since.
    """

    claimed: Effect
    after: Effect
    people: tuple[dict[str, str], ...] = ()
    ask_after: timedelta | None = None


@dataclass(slots=True)
class Changes:
    """What follows on effects: rows that are known, and new ones; by their ids."""

    known: dict[UUID, Effect] = field(default_factory=dict)
    fresh: dict[UUID, Effect] = field(default_factory=dict)


async def note(tx: Transaction, done: Sequence[Done], now: datetime) -> Changes:
    """Keep what attempts changed of memberships, and give what follows."""
    changes = Changes({one.after.id: one.after for one in done})
    about = [(place, one) for one in done if (place := place_of(one.claimed)) is not None]
    members = await store.lock_members(tx, {place for place, _ in about})
    for place, one in about:
        await _note(tx, members, place, one, changes, now)
    for member in members.values():
        await store.keep(tx, member)
    await _ask_later(tx, done, now)
    return changes


async def _ask_later(tx: Transaction, done: Sequence[Done], now: datetime) -> None:
    """Have those platforms asked how it came out that tell it only later."""
    asked = {one.after.id: now + one.ask_after for one in done if one.ask_after and one.after.state == "sent"}
    await store.ask_later(tx, asked)


async def _note(  # noqa: PLR0917  one step of a transaction
    tx: Transaction, members: dict[Place, Member], place: Place, one: Done, changes: Changes, now: datetime
) -> None:
    if one.after.state != "sent":
        if orders.is_ours(one.after) and one.after.action == REMOVE and one.after.reason:
            await _tell(tx, changes, one.after, f"still in the audience: {one.after.reason}", now)
        return
    if one.after.action == ADD:
        members[place] = await _added(tx, members[place], one, changes, now)
    elif one.after.action == REMOVE:
        members[place] = await _removed(tx, members[place], one, changes, now)


async def _added(tx: Transaction, member: Member, one: Done, changes: Changes, now: datetime) -> Member:
    """Note that somebody is in: why, and by which hashes."""
    people = (*member.people, *(person for person in one.people if person not in member.people))
    member = replace(member, people=people, settings=_settings(one.claimed))
    if orders.is_ours(one.after):
        await store.forget_whom(tx, [one.after.id])
        return member
    reason = Reason(
        one.after.id,
        member.place,
        one.after.item,
        one.after.activation,
        str(one.claimed.params.get("remove_when") or ""),
    )
    await store.add_reasons(tx, [reason])
    stands = await store.stand(tx, [Stand(reason.item)])
    ended = over(reason, stands[reason.item])
    if await store.erased(tx, member.place.contact, one.after.asked_at):
        ended = ERASED
    why = Why(ended, one.after.cause, now)
    if ended:
        return await _ended(tx, member, [reason], why, changes)
    if member.left_at is not None and one.claimed.at <= member.left_at:
        # It may have been taken out after this put it in.
        _order(changes, orders.return_of(member, why))
    return await _stays(tx, member, changes, now)


async def _stays(tx: Transaction, member: Member, changes: Changes, now: datetime) -> Member:
    """Call off a removal that has not begun; one that has is followed by a return."""
    if member.removal is None:
        return member
    for effect in await effects_store.lock(tx, [member.removal]):
        if effect.state == "planned":
            changes.known[effect.id] = ledger.changed(effect, now, state="cancelled", reason=WANTED_AGAIN)
            return replace(member, removal=None)
    return member


async def _removed(tx: Transaction, member: Member, one: Done, changes: Changes, now: datetime) -> Member:
    """Note that somebody is out; by a rule for whatever reason they were in, by us if there is no reason left."""
    reasons = await store.reasons_of(tx, [member.place])
    left = replace(member, people=(), removal=None, left_at=now)
    if orders.is_ours(one.after):
        if reasons:
            back = replace(left, people=member.people)
            _order(changes, orders.return_of(back, Why(WANTED_AGAIN, one.after.cause, now)))
            return back
        await _tell(tx, changes, one.after, f"taken out of the audience: {one.after.params.get('because')}", now)
        await store.forget_whom(tx, [one.after.id])
        return left
    await store.end_reasons(tx, [reason.effect for reason in reasons])
    rest = [person for person in member.people if person not in one.people]
    if rest:
        # Hashes of an address that they no longer have.
        why = Why("taken out by a rule", one.after.cause, now)
        ordered = _order(changes, orders.removal(member, rest, (), why))
        return replace(left, people=tuple(rest), removal=ordered.id)
    return left


async def end(tx: Transaction, reasons: Sequence[Reason], whys: dict[UUID, Why]) -> Changes:
    """End reasons, each for what `whys` says by its effect; give the removals that follow where none is left."""
    changes = Changes()
    members = await store.lock_members(tx, {reason.place for reason in reasons})
    for place, member in members.items():
        ended = [reason for reason in reasons if reason.place == place]
        await store.keep(tx, await _ended(tx, member, ended, whys[ended[-1].effect], changes))
    return changes


async def erase(tx: Transaction, contact: UUID, why: Why) -> Changes:
    """Take a contact out of all audiences."""
    changes = Changes()
    members = await store.lock_members(tx, await store.places_of(tx, contact))
    reasons = await store.reasons_of(tx, members)
    for place, member in members.items():
        ended = [reason for reason in reasons if reason.place == place]
        await store.keep(tx, await _ended(tx, member, ended, why, changes))
    return changes


async def _ended(tx: Transaction, member: Member, reasons: Sequence[Reason], why: Why, changes: Changes) -> Member:
    await store.end_reasons(tx, [reason.effect for reason in reasons])
    if not member.people or member.removal is not None or await store.reasons_of(tx, [member.place]):
        return member
    of = [reason.effect for reason in reasons]
    return replace(member, removal=_order(changes, orders.removal(member, member.people, of, why)).id)


async def _tell(tx: Transaction, changes: Changes, ours: Effect, words: str, now: datetime) -> None:
    """Say on the rows of those effects that put somebody in how it went on."""
    of = {UUID(written) for written in ours.params.get("of", ())}
    locked = {effect.id: effect for effect in await effects_store.lock(tx, of)}
    for effect in {**locked, **{id_: changes.known[id_] for id_ in of & changes.known.keys()}}.values():
        if effect.reason != words:
            changes.known[effect.id] = ledger.changed(effect, now, reason=words)


def _order(changes: Changes, effect: Effect) -> Effect:
    changes.fresh[effect.id] = effect
    return effect


def _settings(effect: Effect) -> dict[str, str]:
    names: Iterable[str] = ("consent", "client")
    return {name: str(effect.params[name]) for name in names if effect.params.get(name)}
