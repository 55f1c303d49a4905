"""fetch-items: items of a type that fulfil conditions, for the later rules of the same activation."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Self

from contracts.commands import FetchItems, ItemCommand
from contracts.data import JsonObject
from pydantic import Field, model_validator

from automation.actions.action import Action, Means, Params
from automation.documents import DocumentError, join, one_of

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary

MOST = 50
MOST_CONDITIONS = 20
MOST_FIELDS = 30
NEWEST = "-id"
# Those that lists have; `changed` compares with what an item was, which a list does not know.
OPERATORS = frozenset(
    {"equals", "differs", "in", "contains", "empty", "greater", "smaller", "between", "before", "after"}
)
COMPARED = ("title", "responsible", "stage", "created_at", "entered_at")
SORTED = ("id", "title", "responsible", "created_at")
SHOWN = ("id", "title", "responsible", "pipeline", "stage", "created_at", "entered_at")


class ItemsToFetch(Params):
    """`where` are conditions as lists have them, all of which hold; `order` is a field, with a minus for largest first.

    Each item has its id, its title and the fields to `bring`; without an order the newest come first.
    """

    type: str
    pipeline: str = ""
    stage: str = ""
    where: Annotated[list[JsonObject], Means.TEXTS] = Field(default_factory=list, max_length=MOST_CONDITIONS)
    order: str = NEWEST
    limit: int = Field(10, ge=1, le=MOST)
    bring: list[str] = Field(default_factory=list, max_length=MOST_FIELDS)

    @model_validator(mode="after")
    def _of_a_pipeline(self) -> Self:
        if self.stage and not self.pipeline:
            raise ValueError("a stage without a pipeline; name the pipeline too")
        return self


def check(params: JsonObject, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    """Find fields that items of the type do not have, and conditions that are none."""
    type_ = params["type"]
    if type_ not in vocabulary.knowledge.types:
        return
    fields = vocabulary.knowledge.fields(type_)
    yield from _unknown(((join("bring", n), name) for n, name in enumerate(params["bring"])), (*fields, *SHOWN))
    yield from _unknown([("order", params["order"].removeprefix("-"))], (*fields, *SORTED))
    for n, condition in enumerate(params["where"]):
        at = join("where", n)
        yield from _unknown([(join(at, "field"), condition.get("field"))], (*fields, *COMPARED))
        operators = condition.keys() - {"field"}
        if len(operators) != 1 or not operators <= OPERATORS:
            yield DocumentError(at, "a condition has one operator", one_of(OPERATORS))


def _unknown(named: Iterable[tuple[str, Any]], known: Iterable[str]) -> Iterator[DocumentError]:
    names = tuple(known)
    for at, name in named:
        if name not in names:
            yield DocumentError(at, f"unknown field {name!r}", one_of(names))


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return FetchItems(**common, **params)


ACTION = Action(
    "fetch-items",
    None,
    "crm",
    "reversible",
    ItemsToFetch,
    results=("items", "count", "first"),
    command=command,
    check=check,
)
