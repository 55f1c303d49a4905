"""API keys over HTTP: made, listed, revoked; by admins for anyone, by a person for themselves."""

from typing import Annotated

from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.api_keys import ApiKey, Scope, Secret
from crm_api.access.rights import Forbidden
from crm_api.fields import LONGEST_STRING, FieldError
from crm_api.fields.moments import in_utc
from crm_api.http.addresses import KeyId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit
from crm_api.store import api_keys as store

router = APIRouter(prefix="/v1/api-keys", tags=["api-keys"])
OfPerson = Annotated[str, Query(description="The id of a person; for admins.", examples=["ann"])]
EXAMPLE: JsonObject = {
    "name": "the website",
    "scope": {"actions": ["read", "add"], "types": ["deal", "contact"]},
    "expires_at": "2100-01-01T00:00:00Z",
}


class NewApiKey(Body):
    """A key to be made: the caller's own where no `person` is named, with all their rights where no `scope` is."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    person: str = ""
    name: str = Field(min_length=1, max_length=LONGEST_STRING)
    scope: Scope | None = None
    expires_at: AwareDatetime | None = None


class MadeApiKey(ApiKey):
    """A new key; `key` is what to send as bearer token, and is shown this once."""

    key: str


class ApiKeys(Body):
    """A part of the keys; `next` is what to send as `after` for the following part."""

    keys: list[ApiKey]
    next: str | None


@router.post("", status_code=201)
async def make(body: NewApiKey, request: ByPerson) -> MadeApiKey:
    """Make a key; whoever is no admin makes only their own."""
    secret = Secret.new()
    async with request.transaction() as tx:
        person = body.person or request.rights.person
        require_own(request, person)
        if person not in request.knowledge.people:
            raise FieldError("person", f"nobody has the id {person!r}", "send the id of a person")
        now = await tx.now()
        if body.expires_at is not None and in_utc("expires_at", body.expires_at) <= now:
            raise FieldError("expires_at", "that is over already", "send a moment in the future")
        told = body.model_dump(exclude={"person", "scope"})
        maker = request.principal.name
        key = ApiKey(id=secret.id, person=person, scope=body.scope, created_by=maker, created_at=now, **told)
        await store.add(tx, key, secret.digest)
        await request.audit(tx, f"api-key/{key.id}", person=person)
    return MadeApiKey(**dict(key), key=secret.text)


@router.get("")
async def listing(request: ByPerson, person: OfPerson = "", after: str = "", limit: Limit = 100) -> ApiKeys:
    """List keys by id: an admin sees everyone's, or a person's; all others their own."""
    async with request.transaction() as tx:
        whose = person if request.rights.admin else request.rights.person
        keys = await store.listed(tx, whose, after, limit)
    return ApiKeys(keys=keys, next=keys[-1].id if len(keys) == limit else None)


@router.delete("/{key_id}", status_code=204)
async def revoke(key_id: KeyId, request: ByPerson) -> None:
    """Revoke a key; within five seconds nobody can ask with it any more."""
    async with request.transaction() as tx:
        require_unlimited(request)
        key = await store.load(tx, key_id)
        if key is None or not (request.rights.admin or key.person == request.rights.person):
            raise Problem(404, "There is no such key", detail=f"no key has the id {key_id}")
        await store.revoke(tx, key_id)
        await request.audit(tx, f"api-key/{key_id}", person=key.person)


def require_unlimited(request: Asked) -> None:
    """Refuse a limited key: what it may do says nothing of keys."""
    if request.principal.scope is not None and not request.rights.admin:
        raise Forbidden("make or revoke keys with a limited key", fix="sign in as yourself")


def require_own(request: Asked, person: str) -> None:
    """Refuse a key for somebody else to whoever is no admin."""
    require_unlimited(request)
    if not request.rights.admin and person != request.rights.person:
        raise Forbidden(f"make a key for {person}", fix="make one for yourself, or ask an admin")
