"""Installed apps: what a manifest changes for rules that are published, and the door by which an app's events come."""

import secrets
from collections.abc import Iterator

from automation.app_signals import APP
from automation.checking import Finding, check_rule_set
from automation.knowledge import Knowledge
from chassis.secrets import Sealer
from chassis.standard_webhooks import new_secret
from contracts.apps import App
from contracts.config import ConfigChanged, Source
from contracts.rules import RuleSet

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


def check_change(knowledge: Knowledge, change: ConfigChanged) -> None:
    """Refuse what would make published rules and triggers unable to run; raises `FieldError` that names the first."""
    after = knowledge.with_([change])
    for key, finding in broken(knowledge, after):
        fix = "change that pipeline first, or keep what it uses"
        raise FieldError(change.id, f"{key} uses it: {finding.path}: {finding.message}", fix)


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
