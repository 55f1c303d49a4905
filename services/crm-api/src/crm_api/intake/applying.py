"""Applies a signal on the truth, in one transaction.

1. The signal's id and the identities are locked, in one order for everyone. A signal that was decided before changes
   nothing: it is a repeat, or, with another content under the same id, quarantined.
2. The items that it may concern are found, then locked in the order of their ids.
3. What its source sets on the item that it is bound to is set.
4. For each item that it reaches, the one move is chosen on the item's real stage; what was not chosen is written down.
5. What a trigger with a settle window asks for is gathered, and decided when its item has been quiet.
6. Where no open item is found, the source says what follows: create, ignore, or hold for a person.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from automation.facts import Facts
from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.commands import ApplySignal, FittingTrigger
from contracts.envelope import Envelope
from contracts.items import Item

from crm_api.chats import receiving
from crm_api.fields import FieldError
from crm_api.intake import consenting, contacts, creating, repeats, settling, signals, visits
from crm_api.intake.contacts import CONTACT
from crm_api.intake.settling import Waiting
from crm_api.intake.signals import Found, Reached
from crm_api.record import journal
from crm_api.record.changing import Changes
from crm_api.store import chats as stored_chats
from crm_api.store import journal as stored_journal
from crm_api.store import signals as store
from crm_api.store.signals import Decided, Decision

MOST_ITEMS = 100


class Applying:
    """One signal, being applied in one transaction; raises `FieldError` for a source that names what is not there."""

    def __init__(self, changes: Changes, command: ApplySignal, envelope: Envelope) -> None:
        self.changes = changes
        self.tx: Transaction = changes.tx
        self.knowledge: Knowledge = changes.knowledge
        self.command = command
        self.signal = command.signal
        self.envelope = envelope
        self.identities = contacts.normalised(self.signal.identities, self.knowledge.portal.country)
        self.told: list[dict[str, Any]] = []
        self.waits: list[Waiting] = []

    async def run(self) -> None:
        """Apply it."""
        digest = signals.digest(self.signal)
        await store.lock(self.tx, [str(self.signal.id), *(f"{i.kind}:{i.value}" for i in self.identities)])
        known = await store.known(self.tx, self.signal.id)
        if known is not None:
            await self._came_again(known, digest)
            return
        decision = await self.decide()
        await self.consent()
        await self.converse()
        await self.changes.announce()
        await self._keep(digest, decision)

    async def decide(self) -> Decision:
        """Find the items, move what is to be moved, and say what became of the signal; announces nothing yet."""
        known_contacts, found = await self._find()
        before = {item.id: item for item in found.items}
        set_stage = self._set(found)
        for reached in signals.reach(self._as_now(found), signals.listed(self.command, self.knowledge), self.knowledge):
            self._move(reached, before[reached.item], already=reached.item == set_stage)
        await settling.gather(self.changes, self.waits)
        return await self._nobody(known_contacts) if self._nobody_found(found) else "applied"

    async def consent(self) -> None:
        """Write down what the signal says about consent; asked after what became of it is decided."""
        if spoken := consenting.said(self.signal, self.knowledge):
            await consenting.record(self.changes, self.signal, spoken, await self._spoken_for())

    async def converse(self) -> None:
        """Keep what a client wrote in a messenger; asked after what became of the signal is decided."""
        if self.signal.kind == receiving.MESSAGE:
            contact = min(await self._spoken_for(), default=None)
            items = [told["item"] for told in self.told]
            await receiving.receive(self.changes, self.signal, contact, items, self.envelope)

    async def _known(self) -> list[UUID]:
        """Give the contacts who are known by an identity, else the one with whom the conversation in this chat is."""
        known = await store.contacts(self.tx, self.identities)
        chats = receiving.chats(self.identities)
        return known or (await stored_chats.contact_of(self.tx, chats) if chats else known)

    async def _spoken_for(self) -> set[UUID]:
        """Give the contacts for whom the signal speaks: the one that it names, else all who are known or were made."""
        if (named := consenting.named(self.signal)) is not None:
            return {named}
        made = {link.id for told in self.told for link in self.changes.item(told["item"]).links if link.role == CONTACT}
        known = set(await self._known()) if self.identities else set()
        return known or made

    async def create(self) -> Decision:
        """Make what the source asks for, whoever is known, and say what became of the signal."""
        return await self._nobody(await self._known())

    async def _find(self) -> tuple[list[UUID], Found]:
        binding = self.signal.binding
        type_ = await store.type_of(self.tx, binding) if binding else None
        if binding and type_ and type_ != contacts.CONTACT:
            near = await store.near(self.tx, binding, MOST_ITEMS)
            return [], await self._locked([binding, *near], bound=True)
        known = [binding] if binding and type_ else await self._known()
        of = await store.items_of(self.tx, known, signals.open_stages(self.knowledge), MOST_ITEMS) if known else []
        return known, await self._locked(of, bound=False)

    async def _locked(self, ids: Sequence[UUID], *, bound: bool) -> Found:
        locked = await self.changes.lock(ids)
        there = [item for item in locked.values() if not item.deleted]
        found = Found(tuple(sorted(there, key=lambda i: (i.created_at, i.id), reverse=True)), bound)
        return visits.watched(self.signal.kind, found, lambda item: self.changes.linked(item.id))

    def _as_now(self, found: Found) -> Found:
        return Found(tuple(self.changes.item(item.id) for item in found.items), found.bound)

    def _set(self, found: Found) -> UUID | None:
        sets, binding = self.signal.sets, self.signal.binding
        if sets is None or binding is None or all(item.id != binding for item in found.items):
            return None
        why = f"{self.signal.kind} from {self.signal.source}"
        if sets.fields:
            self.changes.set_fields(binding, sets.fields, why)
        return binding if sets.stage and self.changes.move(binding, sets.stage, why) else None

    def _move(self, reached: Reached, before: Item, *, already: bool) -> None:
        item = self.changes.item(reached.item)
        linked = tuple(self.changes.linked(item.id))
        seen = signals.seen(self.signal, moved=already, why_not="")
        facts = Facts(item, linked, self.knowledge, signal=seen, before=before, now=self.changes.now)
        waits, at_once = signals.parted(item, reached, self.knowledge)
        self.waits += [Waiting(before, fit, seen) for fit in waits]
        choice = signals.decide(facts, at_once)
        why_not, moved = signals.why_not(choice, waits), already
        if choice.chosen is not None:
            key = self._key(choice.chosen)
            moved = self.changes.move(item.id, choice.chosen.stage, f"trigger {key} on {self.signal.kind}") or already
            why_not = signals.LOOP
        for fit, why in choice.not_chosen:
            told = {"signal": str(self.signal.id), "trigger": self._key(fit), "stage": fit.stage, "why": why}
            self.changes.note(item.id, "not_chosen", {**told, "on": self.signal.kind})
        self._reached(item.id, moved=moved, why_not=why_not)

    def _reached(self, item: UUID, *, moved: bool, why_not: str) -> None:
        self.changes.signalled(item, signals.seen(self.signal, moved=moved, why_not=why_not))
        self.told.append({"item": item, "moved": moved, "why_not": "" if moved else why_not})

    def _key(self, fit: FittingTrigger) -> str:
        trigger = signals.trigger_of(fit, self.knowledge)
        return trigger.key if trigger else str(fit.id)

    def _nobody_found(self, found: Found) -> bool:
        moved = any(told["moved"] for told in self.told)
        return not (
            found.bound or moved or self.waits or any(signals.is_open(item, self.knowledge) for item in found.items)
        )

    async def _nobody(self, known: Sequence[UUID]) -> Decision:
        nobody = self.command.nobody
        if nobody.do == "create" and not self.changes.stopped():
            if nobody.create is None:
                raise FieldError("nobody.create", "the source does not say what to create", "name type and pipeline")
            item = await creating.create(self.changes, self.signal, nobody.create, self.identities, known)
            self._reached(item.id, moved=True, why_not="")
            return "created"
        # What a chain that goes in circles would make waits for a person.
        return "held" if nobody.do in {"hold", "create"} else "ignored"

    async def _keep(self, digest: str, decision: Decision) -> None:
        signal, cause = self.signal, self.envelope.cause
        decided = Decided(
            id=signal.id,
            kind=signal.kind,
            source=signal.source,
            digest=digest,
            at=await self.tx.now(),
            decision=decision,
            items=[told["item"] for told in self.told],
            causation=cause.causation,
            held=self.command.model_dump(mode="json") if decision == "held" else None,
            identities=self.envelope.identities,
        )
        await store.keep(self.tx, decided)
        await self.write(decision)

    async def _came_again(self, known: tuple[str, UUID], digest: str) -> None:
        first, causation = known
        signal = self.signal
        if not first:
            # It was decided before a restore that brought back what followed, but not what it was.
            await store.recognise(self.tx, signal.id, digest, self.envelope.cause.causation)
            return
        told = {"signal_kind": signal.kind, "source": signal.source}
        if first != digest:
            await repeats.note(self.tx, signal.id, "quarantined", told, self.envelope)
            await self.write("quarantined")
        elif causation != self.envelope.cause.causation:
            await repeats.note(self.tx, signal.id, "repeated", told, self.envelope)

    async def write(self, decision: str) -> None:
        """Write into the journal what was decided."""
        decided = {"decision": decision, "items": self.told}
        value = msgspec.json.encode({**self.command.model_dump(mode="json"), "decided": decided})
        entry = journal.entry(self.envelope, str(self.signal.id), value, await self.tx.now())
        await stored_journal.write(self.tx, [entry])
