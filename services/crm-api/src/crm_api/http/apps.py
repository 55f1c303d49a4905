"""Installed apps over HTTP: third-party rules and triggers come with them; admins install, update and remove them."""

from typing import Annotated

from automation.app_actions import name_of
from automation.languages import said
from chassis.problems import Problem
from contracts.apps import ID, App
from contracts.config import Source
from contracts.data import JsonObject
from fastapi import APIRouter, Path, Query
from fastapi import Body as Sent

from crm_api import apps
from crm_api.config.configuring import ConfigChanges
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.config import nothing

router = APIRouter(prefix="/v1/apps", tags=["apps"])
EXAMPLE: JsonObject = {
    "name": {"en": "Acme scores", "pt": "Notas Acme"},
    "description": "Says how likely a client is to pay",
    "publisher": "Acme Lda",
    "address": "https://acme.example/signalbox",
    "actions": [
        {
            "key": "score",
            "name": "Score a client",
            "inputs": [{"key": "client", "kind": "string", "required": True}],
            "outputs": [{"key": "score", "kind": "integer"}],
            "effect": "reversible",
            "idempotent": True,
            "time_limit": 10,
        }
    ],
    "triggers": [{"key": "scored", "name": "A score changed", "payload": [{"key": "score", "kind": "integer"}]}],
}
AppId = Annotated[str, Path(pattern=ID, description="The id of the app, as its author chose it.", examples=["acme"])]
Language = Annotated[str, Query(description="yours where left out, else the portal's", examples=["pt"])]
Manifest = Annotated[JsonObject, Sent(openapi_examples={"acme": {"summary": "A manifest", "value": EXAMPLE}})]


class AppPart(Body):
    """An action, under the name that rules give it (`app:acme/score`), or a trigger under its event."""

    key: str
    title: str
    help: str


class ListedApp(Body):
    """An installed app, as people read it."""

    id: str
    title: str
    description: str
    publisher: str
    actions: list[AppPart]
    triggers: list[AppPart]

    @classmethod
    def of(cls, app: App, language: str) -> "ListedApp":
        """Give an app in a language."""
        return cls(
            id=app.id,
            title=said(app.name, language, app.id),
            description=said(app.description, language, ""),
            publisher=app.publisher,
            actions=[_part(name_of(app, one), one.name, one.help, language) for one in app.actions],
            triggers=[_part(one.key, one.name, one.help, language) for one in app.triggers],
        )


class InstalledApp(Body):
    """An app with its manifest; `events` is where it posts what happens there.

    `secret` signs both ways, and is shown only where it was made just now.
    """

    manifest: JsonObject
    revision: int
    secrets: list[str]
    events: str
    secret: str | None = None


@router.get("")
async def listing(request: ByPerson, language: Language = "") -> list[ListedApp]:
    """List the installed apps by id, with the actions that rules can do and the events that triggers can listen to."""
    async with request.transaction():
        knowledge = request.knowledge
    chosen = language or request.language
    return [ListedApp.of(app, chosen) for _, app in sorted(knowledge.apps.items())]


@router.get("/{app}")
async def read(app: AppId, request: ByPerson) -> InstalledApp:
    """Give an app with its manifest; of secrets it says only which are set."""
    async with request.transaction():
        request.rights.require_admin("read", f"app {app}")
        installed = known(app, request)
        return shown(installed, request.knowledge.sources.get(apps.source_id(app)), request)


@router.put("/{app}")
async def put(app: AppId, body: Manifest, request: ByPerson) -> InstalledApp:
    """Install an app, or update it: its secret stays; what published rules use of it must stay too."""
    async with request.configuring() as (changes, knowledge):
        request.rights.require_admin("install", f"app {app}")
        held = knowledge.apps.get(app)
        wanted = apps.read_manifest(app, body)
        secret = None if held else apps.fresh_secret(request.sealer)
        clear = {apps.SECRET: secret} if secret else _opened(held, request)
        installed = await keep(changes, request, wanted, clear)
    return installed.model_copy(update={"secret": secret})


@router.post("/{app}/secret")
async def renew(app: AppId, request: ByPerson) -> InstalledApp:
    """Make a new secret; the one before it stays valid as `old_secret` until it is dropped."""
    async with request.configuring() as (changes, _):
        request.rights.require_admin("change", f"app {app}")
        held, secret = known(app, request), apps.fresh_secret(request.sealer)
        clear = {apps.SECRET: secret, apps.OLD_SECRET: _opened(held, request)[apps.SECRET]}
        installed = await keep(changes, request, held, clear)
    return installed.model_copy(update={"secret": secret})


@router.delete("/{app}/old-secret", status_code=204)
async def drop(app: AppId, request: ByPerson) -> None:
    """Drop the secret that was replaced, once the app has the new one."""
    async with request.configuring() as (changes, _):
        request.rights.require_admin("change", f"app {app}")
        held = known(app, request)
        await keep(changes, request, held, {apps.SECRET: _opened(held, request)[apps.SECRET]})


@router.delete("/{app}", status_code=204)
async def remove(app: AppId, request: ByPerson) -> None:
    """Remove an app that no published rule or trigger uses; its events are not taken any more."""
    async with request.configuring() as (changes, knowledge):
        request.rights.require_admin("remove", f"app {app}")
        known(app, request)
        gone = nothing(apps.KIND, app, await changes.tx.now()).model_copy(
            update={"deleted": True, "revision": knowledge.revision}
        )
        apps.check_changes(knowledge, [gone])
        await changes.delete(apps.KIND, app)
        source = knowledge.sources.get(apps.source_id(app))
        if source is not None and source.kind == apps.KIND:
            await changes.delete("source", source.id)


async def keep(changes: ConfigChanges, request: Asked, manifest: App, clear: dict[str, str]) -> InstalledApp:
    """Keep an app where published rules can run with it."""
    record, app, source = await apps.keep(changes, request.knowledge, request.sealer, manifest, clear)
    apps.check_changes(request.knowledge, changes.changed)
    return shown(app, source, request, record.revision)


def known(app: str, request: Asked) -> App:
    """Give an installed app; raises a 404 problem."""
    installed = request.knowledge.apps.get(app)
    if installed is None:
        raise Problem(404, "There is no such app", detail=f"no installed app has the id {app!r}")
    return installed


def shown(app: App, source: Source | None, request: Asked, revision: int | None = None) -> InstalledApp:
    """Give an app as its admin sees it."""
    base = request.knowledge.portal.public_url.rstrip("/")
    return InstalledApp(
        manifest=app.model_dump(mode="json", exclude={"secrets"}, exclude_defaults=True),
        revision=request.knowledge.revision if revision is None else revision,
        secrets=sorted(app.secrets),
        events=f"{base}/in/{source.id}/{source.token}" if source else "",
    )


def _opened(held: App | None, request: Asked) -> dict[str, str]:
    return apps.opened(held, request.sealer) if held and request.sealer else {}


def _part(key: str, name: str | dict[str, str], words: str | dict[str, str], language: str) -> AppPart:
    return AppPart(key=key, title=said(name, language, key), help=said(words, language, ""))
