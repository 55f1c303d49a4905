"""Installed apps: what a manifest changes for rules that are published, and the door by which an app's events come."""

import secrets
from collections.abc import Iterator, Sequence

from automation.app_signals import APP
from automation.checking import Finding, check_rule_set
from automation.knowledge import Knowledge
from chassis.secrets import Sealer
from chassis.standard_webhooks import new_secret
from contracts.apps import App
from contracts.config import ConfigChanged, Source
from contracts.data import JsonObject
from contracts.rules import RuleSet

from crm_api.config.configuring import ConfigChanges
from crm_api.config.records import read_strictly
from crm_api.config.sealing import place
from crm_api.fields import FieldError

KIND = "app"
SECRET, OLD_SECRET = "secret", "old_secret"
TOKEN_BYTES = 24


def source_id(app: str) -> str:
    """Give the id of the source by which an app's events come."""
    return f"app-{app}"


def fresh_secret(sealer: Sealer | None) -> str:
    """Give a new secret; raises `FieldError` where this deployment cannot keep one."""
    if sealer is None:
        raise FieldError("secret", "this deployment cannot seal secrets", "set SECRET_KEY for all services")
    return new_secret()


def read_manifest(app: str, body: JsonObject) -> App:
    """Read a manifest; raises `FieldError` for the first mistake."""
    given = dict(body)
    if given.setdefault("id", app) != app:
        raise FieldError("id", f"it says {given['id']!r}, the address says {app!r}", "leave it out")
    if "secrets" in given:
        raise FieldError("secrets", "a manifest has no secrets", "they are made here; leave them out")
    try:
        read: App = read_strictly(App, given)
    except FieldError as error:
        raise error if error.field else FieldError("body", error.problem, error.fix) from None
    return read


async def keep(
    changes: ConfigChanges, knowledge: Knowledge, sealer: Sealer | None, manifest: App, clear: dict[str, str]
) -> tuple[ConfigChanged, App, Source]:
    """Keep an app with its source, both with the secrets that are valid now; gives the app's record and both."""
    if sealer is None:
        raise FieldError("secret", "this deployment cannot seal secrets", "set SECRET_KEY for all services")
    held, source = knowledge.apps.get(manifest.id), knowledge.sources.get(source_id(manifest.id))
    if held is None or source is None or opened(held, sealer) != clear:
        own, at_the_door = sealed(manifest.id, clear, sealer)
    else:
        own, at_the_door = held.secrets, source.secrets
    app, source = manifest.model_copy(update={"secrets": own}), door(manifest.id, source, at_the_door)
    record = await changes.put(KIND, app.id, app)
    await changes.put("source", source.id, source)
    return record, app, source


def sealed(app: str, clear: dict[str, str], sealer: Sealer) -> tuple[dict[str, str], dict[str, str]]:
    """Give an app's secrets, sealed for its own record and for that of its source."""
    own = {name: sealer.seal(value, place(KIND, app, name)) for name, value in clear.items()}
    at_the_door = {name: sealer.seal(value, place("source", source_id(app), name)) for name, value in clear.items()}
    return own, at_the_door


def opened(app: App, sealer: Sealer) -> dict[str, str]:
    """Give an app's secrets in clear."""
    return {name: sealer.open(value, place(KIND, app.id, name)) for name, value in app.secrets.items()}


def door(app: str, held: Source | None, at_the_door: dict[str, str]) -> Source:
    """Give the source of an app: as people set it, with the secrets that are valid now."""
    if held is None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return Source(id=source_id(app), kind=KIND, token=token, settings={APP: app}, secrets=at_the_door)
    if held.kind != KIND:
        words = f"the source {held.id!r} is there, and of kind {held.kind}"
        raise FieldError("id", words, "give the source another id, or the app")
    return held.model_copy(update={"settings": {**held.settings, APP: app}, "secrets": at_the_door})


def check_changes(knowledge: Knowledge, changed: Sequence[ConfigChanged]) -> None:
    """Refuse apps with which published rules and triggers cannot run; raises `FieldError` that names the first.

    What else changes with them has been checked by itself.
    """
    named = [change.id for change in changed if change.kind == KIND]
    before = knowledge.with_([change for change in changed if change.kind != KIND])
    for key, finding in broken(before, knowledge.with_(changed)) if named else ():
        fix = "change that pipeline first, or keep what it uses"
        raise FieldError(", ".join(named), f"{key} uses it: {finding.path}: {finding.message}", fix)


def broken(before: Knowledge, after: Knowledge) -> Iterator[tuple[str, Finding]]:
    """Give what of published pipelines can run before a change and cannot after it."""
    for key in sorted(before.pipelines):
        known = set(findings(key, before))
        yield from ((key, finding) for finding in findings(key, after) if finding not in known)


def findings(key: str, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Give what of a published pipeline cannot run."""
    pipeline = knowledge.pipelines[key]
    nothing = RuleSet(pipeline=key, number=0, stages=(), published_by="")
    return check_rule_set(knowledge.rule_sets.get((key, pipeline.rule_set), nothing), pipeline, knowledge)
