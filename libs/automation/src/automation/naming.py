"""What an action names besides values: places, fields, templates, accounts, people; each must be there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from contracts.config import Pipeline
from contracts.people import TURNS
from contracts.tries import TRIED_BY

from automation.actions.add_to_audience import wrong_platform
from automation.assignment import check_among
from automation.calls import Call
from automation.documents import DocumentError, join, one_of
from automation.vocabulary import Vocabulary

# What only reads may read in any pipeline of its type.
ANYWHERE = frozenset({"fetch-items"})
# Calls go by the accounts by which short texts go.
CALLS = {"call": "sms"}
# Parameters that name further accounts, and of which kind.
OTHER_ACCOUNTS = {"sms_connection": "sms", "email_connection": "email"}
# What an account of a known provider can be wrong for; ad platforms are told apart further.
ACCOUNTED = frozenset(TRIED_BY.values()) - {"ad-audience"}


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a parameter names, None where it names nothing; `known` is what there is of it."""

    key: str
    what: str
    name: str | None
    known: Collection[str]


def wrong_names(call: Call, vocabulary: Vocabulary) -> Iterator[DocumentError]:
    """Find what is not there, each with its place in the parameters."""
    for named in (*named_things(call, vocabulary), *named_places(call, vocabulary)):
        if named.name is not None and named.name not in named.known:
            yield DocumentError(named.key, f"unknown {named.what} {named.name!r}", one_of(named.known))
    yield from wrong_fields(call, vocabulary)
    yield from call.action.check(call.fixed, vocabulary)
    yield from wrong_accounts(call, vocabulary)
    if call.action.channel == "audience":
        yield from wrong_platform(vocabulary.knowledge.connections.get(call.connection), call.fixed)
    if call.to in TURNS:
        try:
            check_among(call.fixed["among"], vocabulary.knowledge)
        except DocumentError as error:
            yield error


def wrong_accounts(call: Call, vocabulary: Vocabulary) -> Iterator[DocumentError]:
    """Find accounts at providers that cannot do what is asked; of those that nobody here knows nothing is said."""
    own = CALLS.get(call.action.kind or "", call.action.kind or "")
    others = {key: (call.fixed.get(key, ""), kind) for key, kind in OTHER_ACCOUNTS.items()}
    named = {"connection": (call.connection, own), **others}
    for key, (name, kind) in named.items():
        held = vocabulary.knowledge.connections.get(name)
        if held is not None and kind in ACCOUNTED and TRIED_BY.get(held.provider, kind) != kind:
            problem = f"{name!r} is an account at {held.provider}, which cannot do this"
            yield DocumentError(key, problem, one_of(_providers_that_do(kind)))


def _providers_that_do(kind: str) -> list[str]:
    return [provider for provider, of in TRIED_BY.items() if of == kind]


def named_things(call: Call, vocabulary: Vocabulary) -> tuple[Named, ...]:
    """Give the records that an action names."""
    knowledge = vocabulary.knowledge
    to, sender = (one if isinstance(one, dict) else {} for one in (call.to, call.fixed.get("sender")))
    return (
        Named("template", "template", call.fixed.get("template"), knowledge.templates),
        Named("connection", "connection", call.connection or None, knowledge.connections),
        *(Named(key, "connection", call.fixed.get(key) or None, knowledge.connections) for key in OTHER_ACCOUNTS),
        Named("to", "user", to.get("user"), knowledge.people),
        Named("sender", "user", sender.get("user"), knowledge.people),
        Named("to", "department", to.get("department"), knowledge.departments),
    )


def named_places(call: Call, vocabulary: Vocabulary) -> tuple[Named, ...]:
    """Give where an action of the CRM leads; what is made of a type with pipelines says in which one it begins."""
    if call.action.channel != "crm":
        return ()
    pipelines = pipelines_of(type_of(call, vocabulary), vocabulary)
    pipeline = call.fixed.get("pipeline", "")
    must_say = "type" in call.fixed and bool(pipelines) and call.action.name not in ANYWHERE
    return (
        Named("type", "type", call.fixed.get("type") or None, vocabulary.knowledge.types),
        Named("pipeline", "pipeline", pipeline if pipeline or must_say else None, pipelines),
        Named("stage", "stage", call.fixed.get("stage") or None, _stages(call, vocabulary)),
    )


def _stages(call: Call, vocabulary: Vocabulary) -> list[str]:
    own = "" if "type" in call.fixed else vocabulary.pipeline.id
    place = pipelines_of(type_of(call, vocabulary), vocabulary).get(call.fixed.get("pipeline") or own)
    return [stage.key for stage in place.stages] if place else []


def wrong_fields(call: Call, vocabulary: Vocabulary) -> Iterator[DocumentError]:
    """Find fields that cannot be set, and those that a mapping would take and that are not there."""
    type_, mapping = type_of(call, vocabulary), call.fixed.get("mapping") or {}
    for key, names in (("fields", call.fixed.get("fields", ())), ("mapping", mapping)):
        for name in names:
            try:
                vocabulary.settable(name, type_)
            except DocumentError as error:
                yield DocumentError(key, error.message, error.fix)
    own = (*vocabulary.knowledge.fields(vocabulary.pipeline.type), "title")
    for key, name in mapping.items():
        if name not in own:
            yield DocumentError(join("mapping", key), f"unknown field {name!r} to take", one_of(own))


def type_of(call: Call, vocabulary: Vocabulary) -> str:
    """Give the type of what an action changes or makes."""
    return str((call.action.channel == "crm" and call.fixed.get("type")) or vocabulary.pipeline.type)


def pipelines_of(type_: str, vocabulary: Vocabulary) -> dict[str, Pipeline]:
    """Give the pipelines of a type, with the one that is being checked as it will be."""
    known = {one.id: one for one in vocabulary.knowledge.pipelines.values() if one.type == type_}
    own = vocabulary.pipeline
    return {**known, own.id: own} if own.type == type_ else known
