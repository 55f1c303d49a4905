"""The documents that people write: pipelines, stages, rules and triggers; `automation` gives them meaning."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from contracts.data import JsonObject, Part

StageKind = Literal["open", "success", "failure"]
Key = str
Text = str | dict[str, str]  # one text, or texts by language


class Rule(Part):
    """One action, one timing, optional conditions, on one stage.

    `timing` is a document such as `{"after": "2 days", "working_time": "portal"}`, `{}` for immediate;
    `when` a condition tree; `do` one action by name with its parameters, `{"send-sms": {"to": "contact", …}}`.
    """

    id: UUID
    key: Key
    name: Text = ""
    timing: JsonObject = Field(default_factory=dict)
    when: JsonObject | None = None
    do: dict[str, JsonObject] = Field(min_length=1, max_length=1)
    enabled: bool = True
    keep_on_leave: bool = False
    at_least_once: bool = False
    catch_up: str | None = None

    @property
    def action(self) -> str:
        """The action's name, as `send-sms`."""
        return next(iter(self.do))

    @property
    def params(self) -> JsonObject:
        """The action's parameters as written, with their placeholders."""
        return self.do[self.action]


class SettleWindow(Part):
    """How long an item must have been quiet, and the longest wait for that, as intervals."""

    quiet: str
    at_most: str


class Trigger(Part):
    """A filter on signals, on one stage; it moves the item to that stage.

    `automatic` says that letters which a machine wrote by itself count too. With `settle` the signals are gathered,
    and what they come to is decided once.
    """

    id: UUID
    key: Key
    name: Text = ""
    on: str
    filter: JsonObject = Field(default_factory=dict)
    when: JsonObject | None = None
    match: Literal["newest_open", "all_open"] = "newest_open"
    allow_backward: bool = False
    automatic: bool = False
    settle: SettleWindow | None = None
    enabled: bool = True


class Stage(Part):
    """One place in a pipeline; `color` is that of its column, as `#3b82f6`."""

    key: Key
    name: Text = ""
    kind: StageKind = "open"
    color: str = ""


class StageRules(Part):
    """The rules of one stage, in their order."""

    stage: Key
    rules: tuple[Rule, ...] = ()


class RuleSetRef(Part):
    """Which published rule set: the pipeline (`deal/retail`) and the number."""

    pipeline: str
    number: int


class RuleSet(Part):
    """All rules of one pipeline as they were published together; immutable."""

    pipeline: str
    number: int
    stages: tuple[StageRules, ...]
    published_by: str
    waiting: Literal["keep", "migrate", "cancel"] = "keep"

    def of(self, stage: Key) -> tuple[Rule, ...]:
        """Give the enabled rules of a stage in their order."""
        return tuple(r for s in self.stages if s.stage == stage for r in s.rules if r.enabled)
