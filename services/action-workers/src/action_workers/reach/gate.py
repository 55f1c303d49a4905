"""The last gate before the outside world: addresses that are written to no more, quiet hours, and how often at most.

It stands where effects are claimed, in that transaction, because only the ledger knows what was really sent. A batch
costs one statement, and three more where a cap holds for its kind; quiet hours cost none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from automation import quiet_hours
from automation.quiet_hours import Hold
from chassis.database import Transaction
from chassis.outbox import Outbox
from contracts.actions import SetSuppression
from contracts.config import Cap, Portal
from contracts.suppressions import STOPPED, Way, fingerprint

from action_workers import ledger
from action_workers.actions import find, send_message
from action_workers.answers import Refused, TryNext
from action_workers.effect import Effect
from action_workers.reach import store
from action_workers.reach.store import Reached
from action_workers.reach.telling import News, tell

# By which address each kind reaches people, SMS and calls by the same one; the others reach nobody outside.
ADDRESSED: dict[str, Way] = {"email": "email", "sms": "phone", "call": "phone"}
# What goes by one of several ways, each with an address of its own.
ROUTED = frozenset({"message"})


async def suppress(tx: Transaction, effects: Sequence[tuple[Effect, str]], now: datetime, outbox: Outbox) -> None:
    """Write no more to where these effects went, each for its reason; the first reason stays."""
    went = [(_went(effect.kind, effect), reason) for effect, reason in effects]
    ways = {fingerprint(way, address): way for (way, address), _ in went if way}
    told = {fingerprint(way, address): reason for (way, address), reason in went if way}
    if told:
        changed = await store.suppress(tx, told, now)
        news = (News(one, ways[one.address], "stop" if one.reason == STOPPED else "report") for one in changed)
        await tell(tx, outbox, news, now)


async def ordered(tx: Transaction, words: Iterable[SetSuppression], now: datetime, outbox: Outbox) -> None:
    """Do what people say of addresses, in the order in which they say it."""
    for word in words:
        address = fingerprint(word.way, word.address)
        if word.suppressed:
            changed = await store.suppress(tx, {address: reason_of(word)}, now)
        else:
            changed = await store.allow(tx, [address], STOPPED if word.kind == "stop" else None)
        await tell(tx, outbox, [News(one, word.way, word.kind, word.suppressed) for one in changed], now)


def reason_of(word: SetSuppression) -> str:
    """Say why an address is written to no more."""
    if word.kind == "stop":
        return STOPPED
    return f"{word.by}: {word.reason}" if word.reason else word.by


async def let_through(
    tx: Transaction, kind: str, claimed: Sequence[Effect], due: Mapping[UUID, Effect], *, portal: Portal, now: datetime
) -> list[Effect]:
    """Give what is claimed, but for what may not go: that is skipped, or put off, from the row as it was `due`."""
    going = [effect for effect in claimed if effect.state == "claimed"]
    held = await _suppressed(tx, kind, going, due, now)
    awake = [effect for effect in going if effect.id not in held]
    held |= {effect.id: _late(due[effect.id], hold, now) for effect, hold in _quiet(kind, awake, portal, now)}
    if cap := portal.caps.get(kind):
        limited = [effect for effect in going if effect.id not in held and _is_limited(effect)]
        held |= await _capped(tx, kind, limited, due, cap=cap, now=now)
    return [held.get(effect.id, effect) for effect in claimed]


def _is_limited(effect: Effect) -> bool:
    """Say whether a cap holds for an effect: it reaches a contact, and its rule does not call it important."""
    return effect.recipient.contact is not None and not effect.params.get("important")


async def _suppressed(
    tx: Transaction, kind: str, going: Sequence[Effect], due: Mapping[UUID, Effect], now: datetime
) -> dict[UUID, Effect]:
    if kind not in ADDRESSED and kind not in ROUTED:
        return {}
    places = {effect.id: _place(kind, effect) for effect in going}
    known = await store.suppressed(tx, {place for place in places.values() if place})
    held: dict[UUID, Effect] = {}
    for effect in going if known else ():
        if reason := known.get(places[effect.id]):
            held[effect.id] = _unwelcome(due[effect.id], f"the address is written to no more: {reason}", now)
    return held


def _place(kind: str, effect: Effect) -> str:
    """Give what stands for the address to which an effect goes now, "" for one that is never suppressed."""
    way, address = _went(kind, effect)
    return fingerprint(way, address) if way else ""


def _went(kind: str, effect: Effect) -> tuple[Way | Literal[""], str]:
    """Give the address to which an effect goes now, and which way leads there, "" for one that is never suppressed."""
    address = effect.recipient.address
    if kind in ROUTED:
        route = send_message.route_of(effect)
        kind, address = (route.channel, route.address) if route else (kind, "")
    way = ADDRESSED.get(kind)
    return (way, address) if way and address else ("", "")


def _quiet(kind: str, going: Iterable[Effect], portal: Portal, now: datetime) -> Iterator[tuple[Effect, Hold]]:
    """Give what comes up in the quiet hours of its client, and until when these last."""
    for effect in going if portal.quiet else ():
        route = send_message.route_of(effect) if kind in ROUTED else None
        ways = quiet_hours.ways_of(kind, route.channel if route else "")
        to = effect.recipient.model_copy(update={"address": route.address}) if route else effect.recipient
        if hold := quiet_hours.hold(ways, to, effect.params, portal, now):
            yield effect, hold


def _late(effect: Effect, hold: Hold, now: datetime) -> Effect:
    if hold.skips:
        return ledger.changed(effect, now, state="skipped", reason=hold.words)
    return ledger.changed(effect, now, not_before=hold.until, reason=hold.words)


def _unwelcome(effect: Effect, words: str, now: datetime) -> Effect:
    """Skip what may not go to its address, or let it go by its next way."""
    action = find(effect.action)
    answer = action.conclude(effect, Refused(words)) if action else Refused(words)
    if isinstance(answer, TryNext):
        return ledger.changed(effect, now, reason=answer.reason, results=answer.results, not_before=now)
    return ledger.changed(effect, now, state="skipped", reason=answer.reason if isinstance(answer, Refused) else words)


async def _capped(
    tx: Transaction, kind: str, going: Sequence[Effect], due: Mapping[UUID, Effect], *, cap: Cap, now: datetime
) -> dict[UUID, Effect]:
    """Hold what would be one too many, and note the rest; contacts are locked, so that replicas count together."""
    contacts = sorted({effect.recipient.contact for effect in going if effect.recipient.contact})
    if not contacts:
        return {}
    period = timedelta(hours=cap.hours)
    await store.lock(tx, kind, contacts)
    known = await store.recent(tx, kind, contacts, now - period)
    held: dict[UUID, Effect] = {}
    fresh: list[Reached] = []
    for effect in going:
        contact = effect.recipient.contact
        assert contact is not None  # noqa: S101  asked only of what is for contacts
        before = [one.at for one in known.get(contact, ()) if one.effect != effect.id]
        if len(before) >= cap.at_most:
            held[effect.id] = _held(due[effect.id], cap, before[-cap.at_most] + period, now)
        elif len(before) == len(known.get(contact, ())):
            fresh.append(Reached(effect.id, contact, now))
            known.setdefault(contact, []).append(fresh[-1])
    await store.note(tx, kind, fresh, now - period)
    return held


def _held(effect: Effect, cap: Cap, free_at: datetime, now: datetime) -> Effect:
    words = f"frequency cap: at most {cap.at_most} in {cap.hours} hours for one contact"
    if cap.over == "skip":
        return ledger.changed(effect, now, state="skipped", reason=words)
    put_off = f"{words}; put off to {free_at:%Y-%m-%d %H:%M} UTC"
    return ledger.changed(effect, now, not_before=free_at, reason=put_off)
