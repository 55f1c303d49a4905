"""The config over HTTP: types, calendars, people, connections, sources, pauses, settings, templates, the clock."""

from datetime import datetime
from functools import partial
from typing import Annotated

from chassis.problems import Problem
from contracts.config import KINDS, Clock, ConfigChanged, Template
from contracts.data import JsonObject
from contracts.elements import ElementType
from fastapi import APIRouter, Path, Query
from fastapi import Body as Sent

from crm_api.access.rights import Rights
from crm_api.config import retyping, sealing
from crm_api.config.configuring import ConfigChanges
from crm_api.config.constants import check_unused
from crm_api.config.records import EDITED, read_record
from crm_api.config.rehearsal_clock import check_forward, refuse_deletion
from crm_api.config.webhook_secrets import check_signing
from crm_api.config.weeks import check_calendar_unused
from crm_api.documents.templates import check_template
from crm_api.fields import FieldError
from crm_api.http import config_examples
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.record.sweeping import sweep
from crm_api.store import config as stored_config
from crm_api.store import held_values

router = APIRouter(prefix="/v1/config", tags=["config"])
# Records that hold rules or triggers; their ids begin with the type.
AUTOMATION = ("pipeline", "rule-set")
# What holds secrets; what names all items of somebody who was erased.
FOR_ADMINS = (*sealing.SECRET_KINDS, "erasure")
# Where kinds are edited that have operations of their own.
ELSEWHERE = {"app": "use /v1/apps"}
WHAT = f"What it is: {', '.join(KINDS)}; edited here are {', '.join(EDITED)}."
WHICH = "Its id; of a rate its currency and day, of the portal and the clock the kind again."
Kind = Annotated[str, Path(description=WHAT, examples=["constant"])]
Id = Annotated[str, Path(description=WHICH, examples=["ceiling"])]
AnyKind = Annotated[str, Path(description=WHAT, openapi_examples=config_examples.KINDS)]
AnyId = Annotated[str, Path(description=WHICH, openapi_examples=config_examples.IDS)]
Record = Annotated[JsonObject, Sent(openapi_examples=config_examples.BODIES)]
DropData = Annotated[
    bool, Query(description="Of a type: let items lose what it has no field for; their history keeps it.")
]


class ConfigRecord(Body):
    """One record of the config as it is; of secrets it says only that they are set."""

    kind: str
    id: str
    revision: int
    data: JsonObject
    changed_by: str
    changed_at: datetime

    @classmethod
    def of(cls, record: ConfigChanged) -> "ConfigRecord":
        """Show a record."""
        told = record.model_dump(include={"kind", "id", "revision", "changed_by", "changed_at"})
        return cls(**told, data=sealing.shown(record.kind, record.data))


@router.get("/{kind}")
async def listing(kind: Kind, request: ByPerson) -> list[ConfigRecord]:
    """List the records of a kind by id."""
    async with request.transaction() as tx:
        records = await stored_config.of_kind(tx, known(kind))
    return [ConfigRecord.of(record) for record in records if may_read(request.rights, kind, record.id)]


@router.get("/{kind}/{id_:path}")
async def read(kind: Kind, id_: Id, request: ByPerson) -> ConfigRecord:
    """Give a record."""
    async with request.transaction() as tx:
        record = await stored_config.record(tx, known(kind), id_)
    if record is None or not may_read(request.rights, kind, id_):
        raise unknown(kind, id_)
    return ConfigRecord.of(record)


@router.put("/{kind}/{id_:path}")
async def put(
    kind: AnyKind, id_: AnyId, body: Record, request: ByPerson, *, drop_data: DropData = False
) -> ConfigRecord:
    """Put a record in place of what was there; where it is already so, it keeps its revision."""
    allowed(kind, request)
    if kind == "type" and drop_data:
        await drop_values(request, id_, body)
    async with request.configuring() as (changes, knowledge):
        request.rights.require_admin("change", f"{kind} {id_}")
        given = await sealed(kind, id_, body, changes, request)
        wanted = read_record(kind, id_, given, knowledge)
        if isinstance(wanted, ElementType):
            wanted = await retyping.retype(changes.tx, knowledge.types.get(id_), wanted)
        if isinstance(wanted, Clock):
            check_forward(wanted, await changes.current(kind, id_))
        if isinstance(wanted, Template):
            await check_template(changes.tx, wanted, knowledge)
        record = await changes.put(kind, id_, wanted)
    return ConfigRecord.of(record)


@router.delete("/{kind}/{id_:path}", status_code=204)
async def delete(kind: Kind, id_: Id, request: ByPerson) -> None:
    """Delete a record."""
    allowed(kind, request)
    async with request.configuring() as (changes, knowledge):
        request.rights.require_admin("delete", f"{kind} {id_}")
        if kind == "clock":
            refuse_deletion()
        if kind == "type":
            await retyping.give_up(changes.tx, knowledge, id_)
        if kind == "constant":
            check_unused(id_, knowledge)
        if kind == "calendar":
            check_calendar_unused(id_, knowledge)
        if await changes.delete(kind, id_) is None:
            raise unknown(kind, id_)


async def drop_values(request: Asked, id_: str, body: JsonObject) -> None:
    """Let items lose what a type would lose, before it is put."""
    async with request.transaction():
        request.rights.require_admin("change", f"type {id_}")
        before = request.knowledge.types.get(id_)
        after = read_record("type", id_, dict(body), request.knowledge)
    for held, _ in retyping.losses(before, after) if before and isinstance(after, ElementType) else ():
        left = partial(held_values.holders, held=held)
        await sweep(request.process, request.cause, left, retyping.emptied(held))


def may_read(rights: Rights, kind: str, id_: str) -> bool:
    """Say whether somebody may read a record: rules by their type, secrets and who was erased as an admin, all else."""
    if kind in AUTOMATION:
        return rights.may_automate(id_.partition("/")[0], "read")
    return rights.admin or kind not in FOR_ADMINS


def known(kind: str) -> str:
    """Refuse a kind that does not exist."""
    if kind not in KINDS:
        raise FieldError("kind", f"there is no kind {kind!r}", f"use one of: {', '.join(KINDS)}")
    return kind


def allowed(kind: str, request: Asked) -> None:
    """Refuse kinds that are not edited here, and the clock where it is real."""
    if kind not in EDITED:
        fix = ELSEWHERE.get(kind, "use /v1/pipelines") if kind in KINDS else f"use one of: {', '.join(EDITED)}"
        raise FieldError("kind", f"{kind!r} is not edited here", fix)
    if kind == "clock" and not request.process.settings.rehearsal:
        raise Problem(409, "The clock of this deployment is real", detail="Only a rehearsal (REHEARSAL=1) moves it.")


async def sealed(kind: str, id_: str, body: JsonObject, changes: ConfigChanges, request: Asked) -> JsonObject:
    """Give what was sent for a record with its secrets sealed; raises `FieldError`."""
    secrets = body.get("secrets", {})
    if kind not in sealing.SECRET_KINDS or not isinstance(secrets, dict):
        return dict(body)
    check_signing({**body, "secrets": secrets})
    held = await changes.current(kind, id_) or nothing(kind, id_, await changes.tx.now())
    return {**body, "secrets": sealing.sealed(secrets, held, request.sealer)}


def nothing(kind: str, id_: str, at: datetime) -> ConfigChanged:
    """Give a record that holds nothing yet."""
    return ConfigChanged(kind=kind, id=id_, revision=0, changed_at=at)


def unknown(kind: str, id_: str) -> Problem:
    """Say that there is no such record."""
    return Problem(404, "There is no such record", detail=f"no {kind} has the id {id_!r}")
