"""The first admin of an installation: made once, by whoever can run its command; refused as soon as there is one."""

import argparse
import re
from datetime import timedelta
from typing import Any

from automation.knowledge import Knowledge
from chassis.command import Errand, ErrandRefused
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.process import opened
from contracts.envelope import Cause
from contracts.people import Person, Role

from crm_api.access.api_keys import ApiKey, Secret
from crm_api.access.audit import Act
from crm_api.access.rights import of_person
from crm_api.config.configuring import ConfigChanges
from crm_api.settings import Settings
from crm_api.store import api_keys as stored_keys
from crm_api.store import audit as stored_audit

ADMIN = Role(key="admin", name="Administrator", admin=True)
BY = "command:first-admin"
VALID = timedelta(days=30)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Describe what is told of the first admin."""
    parser.add_argument("--email", required=True, help="of the person; by it they sign in at the identity provider")
    parser.add_argument("--name", default="", help="of the person; else the part of the email before the @")


async def run(settings: Settings, given: argparse.Namespace) -> str:
    """Make the first admin and give what to tell them."""
    async with opened("crm-api", settings, Knowledge.grown) as process, process.database.transaction() as tx:
        changes = ConfigChanges(tx, Cause(new_id(), new_id(), actor=BY), process.outbox)
        await changes.lock()
        person = await appoint(changes, await process.config.view(tx), given.email, given.name)
        secret = await first_key(tx, person)
        await changes.announce()
        for changed in changes.changed:
            await note(tx, "first-admin", f"{changed.kind}/{changed.id}", revision=changed.revision)
    told = f"{person.id} is an admin now. This key is valid for {VALID.days} days and is shown this once:"
    return f"{told}\n{secret.text}"


async def appoint(changes: ConfigChanges, knowledge: Knowledge, email: str, name: str) -> Person:
    """Make a person with this email an admin; raises `ErrandRefused` where there is an admin already."""
    admins = [id_ for id_ in sorted(knowledge.people) if of_person(f"user:{id_}", knowledge).admin]
    if admins:
        raise ErrandRefused(f"there is an admin already: {', '.join(admins)}; ask them for a role")
    held = [p for p in knowledge.people.values() if p.email.lower() == email.lower()]
    person = held[0] if held else Person(id=new_person(email, knowledge), name=name or email, email=email)
    person = person.model_copy(update={"access": (*person.access, ADMIN.key), "active": True})
    await changes.put("role", ADMIN.key, ADMIN)
    await changes.put("person", person.id, person)
    return person


def new_person(email: str, knowledge: Knowledge) -> str:
    """Give an id that nobody has, after what stands before the @."""
    name = re.sub(r"[^a-z0-9_-]+", "-", email.partition("@")[0].lower()).strip("-") or "admin"
    return next(id_ for id_ in (name, *(f"{name}-{n}" for n in range(2, 1000))) if id_ not in knowledge.people)


async def first_key(tx: Transaction, person: Person) -> Secret:
    """Make a key with all the rights of the admin, and write down that it was made."""
    secret, now = Secret.new(), await tx.now()
    key = ApiKey(
        id=secret.id, person=person.id, name="first admin", created_by=BY, created_at=now, expires_at=now + VALID
    )
    await stored_keys.add(tx, key, secret.digest)
    await note(tx, "api-keys.make", f"api-key/{key.id}", person=person.id)
    return secret


async def note(tx: Transaction, operation: str, subject: str, **detail: Any) -> None:
    """Write into the audit log what the command did."""
    about = {"operation": operation, "subject": subject, "detail": detail}
    stored_audit.add(tx, Act(id=new_id(), at=await tx.now(), principal=BY, correlation=new_id(), **about))


FIRST_ADMIN = Errand("first-admin", arguments, run)
