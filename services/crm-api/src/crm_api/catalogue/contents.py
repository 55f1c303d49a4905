"""The whole catalogue for rules of one type, in one language."""

from typing import Any

from automation.actions import ACTIONS
from automation.app_actions import name_of
from automation.app_signals import APP, CALLED, EVENT
from automation.conditions import COMPARISONS
from automation.conditions.tree import BRANCHES
from automation.knowledge import Knowledge
from automation.languages import said
from automation.signal_kinds import SIGNAL_GROUPS
from automation.timing import TIMINGS
from contracts.data import JsonObject
from pydantic import BaseModel

from crm_api.catalogue.groups import FAMILIES, Sort, sort_of
from crm_api.catalogue.placeholders import Placeholder, placeholders
from crm_api.catalogue.schemas import schema_of, schema_of_inputs
from crm_api.catalogue.texts import LANGUAGES, texts
from crm_api.rules.pipelines import WrittenTrigger

MARKET, OTHER = "market", "other"


class Named(BaseModel):
    """Something under its key, as people read it."""

    key: str
    title: str


class ActionEntry(Named):
    """An action: what it does, its parameters, and the results that later rules can read."""

    help: str
    sort: Sort
    parameters: JsonObject
    results: list[str]


class FamilyEntry(Named):
    """A family of actions, as users know them."""

    actions: list[ActionEntry]


class TimingEntry(Named):
    """A kind of timing with its parameters."""

    parameters: JsonObject


class ComparisonEntry(Named):
    """A comparison, with the kinds of fields that it can be used on; null for all."""

    kinds: list[str] | None


class SignalEntry(Named):
    """A signal; `filter` is what a trigger asks of it to listen to just this, `payload` what it tells besides."""

    filter: JsonObject = {}
    payload: list[str] = []


class GroupEntry(Named):
    """A group of signals that triggers listen to."""

    signals: list[SignalEntry]


class FieldEntry(Named):
    """A field that rules of this type can set."""

    kind: str


class Catalogue(BaseModel):
    """What rules and triggers of a type can be made of."""

    type: str
    language: str
    languages: list[str]
    families: list[FamilyEntry]
    sorts: list[Named]
    timings: list[TimingEntry]
    branches: list[Named]
    comparisons: list[ComparisonEntry]
    groups: list[GroupEntry]
    trigger: JsonObject
    fields: list[FieldEntry]
    placeholders: list[Placeholder]


def catalogue(type_: str, knowledge: Knowledge, language: str) -> Catalogue:
    """Give the catalogue of a type in a language, in English where it does not speak that one."""
    words = texts(language)
    fields = knowledge.fields(type_).values()
    return Catalogue(
        type=type_,
        language=language if language in LANGUAGES else LANGUAGES[0],
        languages=list(LANGUAGES),
        families=families(words, knowledge, language),
        sorts=named(words["sorts"]),
        timings=timings(words),
        branches=[Named(key=key, title=words["branches"][key]) for key in BRANCHES],
        comparisons=comparisons(words),
        groups=groups(words, knowledge, language),
        trigger=schema_of(WrittenTrigger, words["parameters"]),
        fields=[FieldEntry(key=f.key, title=said(f.name, language, f.key), kind=f.kind) for f in fields],
        placeholders=placeholders(type_, knowledge, language),
    )


def families(words: dict[str, Any], knowledge: Knowledge, language: str) -> list[FamilyEntry]:
    """Give the families with their actions; those of installed apps are in that of the market."""
    of_apps = {MARKET: of_market(knowledge, language)}
    return [
        FamilyEntry(
            key=key,
            title=words["families"][key],
            actions=[*(action(name, words) for name in names), *of_apps.get(key, ())],
        )
        for key, names in FAMILIES.items()
    ]


def of_market(knowledge: Knowledge, language: str) -> list[ActionEntry]:
    """Give the actions of installed apps, each with its app in the title."""
    return [
        ActionEntry(
            key=name_of(app, one),
            title=f"{said(app.name, language, app.id)}: {said(one.name, language, one.key)}",
            help=said(one.help, language, said(app.description, language, "")),
            sort="base",
            parameters=schema_of_inputs(one.inputs, language),
            results=[value.key for value in one.outputs],
        )
        for _, app in sorted(knowledge.apps.items())
        for one in app.actions
    ]


def action(name: str, words: dict[str, Any]) -> ActionEntry:
    """Give one action."""
    known = ACTIONS[name]
    parameters = schema_of(known.params, words["parameters"])
    told = words["actions"][name]
    return ActionEntry(key=name, sort=sort_of(name), parameters=parameters, results=list(known.results), **told)


def timings(words: dict[str, Any]) -> list[TimingEntry]:
    """Give the kinds of timing."""
    return [
        TimingEntry(key=key, title=words["timings"][key], parameters=schema_of(model, words["parameters"]))
        for key, model in TIMINGS.items()
    ]


def comparisons(words: dict[str, Any]) -> list[ComparisonEntry]:
    """Give the comparisons."""
    return [
        ComparisonEntry(key=key, title=words["comparisons"][key], kinds=sorted(one.KINDS) if one.KINDS else None)
        for key, one in COMPARISONS.items()
    ]


def groups(words: dict[str, Any], knowledge: Knowledge, language: str) -> list[GroupEntry]:
    """Give the groups with their signals; what installed apps tell of is among the others."""
    of_apps = {OTHER: told_by_apps(knowledge, language)}
    return [
        GroupEntry(
            key=key,
            title=words["groups"][key],
            signals=[
                *(SignalEntry(key=kind, title=words["signals"][kind]) for kind in kinds),
                *of_apps.get(key, ()),
            ],
        )
        for key, kinds in SIGNAL_GROUPS.items()
    ]


def told_by_apps(knowledge: Knowledge, language: str) -> list[SignalEntry]:
    """Give the events of installed apps, each with the filter that chooses it."""
    return [
        SignalEntry(
            key=CALLED,
            title=f"{said(app.name, language, app.id)}: {said(one.name, language, one.key)}",
            filter={APP: app.id, EVENT: one.key},
            payload=[value.key for value in one.payload],
        )
        for _, app in sorted(knowledge.apps.items())
        for one in app.triggers
    ]


def named(section: dict[str, str]) -> list[Named]:
    """Give a section of texts."""
    return [Named(key=key, title=title) for key, title in section.items()]
