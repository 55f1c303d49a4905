"""A pipeline as people write it: stages with their triggers and rules, in one document."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from types import MappingProxyType
from typing import Annotated, Any, Literal
from uuid import UUID

from automation.checking import Finding
from automation.intervals import Interval
from contracts import ids
from contracts.config import Pipeline
from contracts.data import JsonObject
from contracts.rules import Rule, RuleSet, Stage, StageKind, StageRules, Text, Trigger
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator

KEY = r"^[a-z0-9][a-z0-9_-]{0,62}$"
DEEPEST = 50
COLOR = r"^(#[0-9a-fA-F]{6})?$"
Waiting = Literal["keep", "migrate", "cancel"]
Place = tuple[str, str]  # the keys of a stage and of a rule in it
# Lasting ids that rules have already, by where they stand now: a rule that is moved takes its id along.
LastingIds = Mapping[Place, UUID]
# How a document looks: what the description of the API shows, and a test sends.
EXAMPLE: JsonObject = {
    "name": {"en": "Retail", "pt": "Retalho"},
    "stages": [
        {
            "key": "new",
            "name": {"en": "New request", "pt": "Novo pedido"},
            "rules": [
                {
                    "key": "call",
                    "timing": {"after": "30 minutes", "working_time": "portal"},
                    "do": {"create-task": {"to": "responsible", "title": "Call about {{ item.title }}"}},
                }
            ],
        },
        {"key": "won", "kind": "success", "triggers": [{"key": "paid", "on": "invoice.paid"}]},
        {"key": "lost", "kind": "failure"},
    ],
}
# How an editor, and whoever reads the API's description, is told that a text is an interval.
INTERVAL: JsonObject = {"type": "string", "format": "interval", "examples": ["30 seconds", "2 days 3 hours"]}
NO_IDS: LastingIds = MappingProxyType({})


def flat(value: JsonObject) -> JsonObject:
    """Refuse values that are nested so deep that nobody wrote them by hand."""
    inside: list[Any] = [value]
    for _ in range(DEEPEST):
        inside = [one for each in inside for one in parts(each)]
        if not inside:
            return value
    raise ValueError(f"it is nested more than {DEEPEST} deep")


def parts(value: Any) -> Iterable[Any]:
    """Give what an object or a list holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


Flat = Annotated[JsonObject, AfterValidator(flat)]


class Written(BaseModel):
    """A part of the document; a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenRule(Written):
    """A rule as people write it; its lasting id is not theirs to write."""

    key: str = Field(pattern=KEY)
    name: Text = ""
    timing: Flat = Field(default_factory=dict)
    when: Flat | None = None
    do: dict[str, Flat] = Field(min_length=1, max_length=1)
    enabled: bool = True
    keep_on_leave: bool = False
    at_least_once: bool = False
    catch_up: str | None = None

    @field_validator("timing", mode="before")
    @classmethod
    def _immediate(cls, value: Any) -> Any:
        return {} if value == "immediate" else value


def _as_interval(written: str) -> str:
    Interval.read(written)
    return written


Lasting = Annotated[str, AfterValidator(_as_interval), WithJsonSchema(INTERVAL)]


class WrittenSettle(Written):
    """How long an item must have been quiet before the trigger decides, and the longest wait for that."""

    quiet: Lasting
    at_most: Lasting


class WrittenTrigger(Written):
    """A trigger as people write it."""

    key: str = Field(pattern=KEY)
    name: Text = ""
    on: str
    filter: Flat = Field(default_factory=dict)
    when: Flat | None = None
    match: Literal["newest_open", "all_open"] = "newest_open"
    allow_backward: bool = False
    automatic: bool = False
    settle: WrittenSettle | None = None
    enabled: bool = True


class WrittenStage(Written):
    """A stage with its triggers and rules."""

    key: str = Field(pattern=KEY)
    name: Text = ""
    kind: StageKind = "open"
    color: str = Field(default="", pattern=COLOR)
    triggers: tuple[WrittenTrigger, ...] = ()
    rules: tuple[WrittenRule, ...] = ()


class WrittenPipeline(Written):
    """The whole document; `pipeline` may repeat the id that the address gives."""

    pipeline: str = ""
    name: Text = ""
    owner: str = ""
    stages: tuple[WrittenStage, ...]

    # A `min_length` would add that there are no stages wherever one of them is wrong.
    @field_validator("stages")
    @classmethod
    def _some(cls, value: tuple[WrittenStage, ...]) -> tuple[WrittenStage, ...]:
        if not value:
            raise ValueError("a pipeline has at least one stage")
        return value

    def as_pipeline(self, id_: str, rule_set: int) -> Pipeline:
        """Give the pipeline's own record, with the number of the rule set that holds for new entries."""
        return Pipeline(
            id=id_,
            type=id_.partition("/")[0],
            name=self.name,
            owner=self.owner,
            stages=tuple(Stage(**s.model_dump(exclude={"triggers", "rules"})) for s in self.stages),
            triggers={s.key: tuple(trigger(id_, s, t) for t in s.triggers) for s in self.stages if s.triggers},
            rule_set=rule_set,
        )

    def as_rule_set(
        self, id_: str, number: int, published_by: str, known: LastingIds = NO_IDS, waiting: Waiting = "keep"
    ) -> RuleSet:
        """Give the rule set of this number; each stage is there, so that places are the same in both.

        `known` are the lasting ids that rules have; what is not among them gets one that no other has.
        """
        taken = set(known.values())

        def rules(stage: WrittenStage) -> tuple[Rule, ...]:
            places = [(stage.key, written.key) for written in stage.rules]
            named = [known.get(place) or fresh_id(id_, place, taken) for place in places]
            return tuple(Rule(id=i, **w.model_dump()) for i, w in zip(named, stage.rules, strict=True))

        stages = tuple(StageRules(stage=stage.key, rules=rules(stage)) for stage in self.stages)
        return RuleSet(pipeline=id_, number=number, stages=stages, published_by=published_by, waiting=waiting)


@dataclass(frozen=True, slots=True)
class Named:
    """A document with the lasting ids of its rules; those that are new have none yet."""

    document: WrittenPipeline
    ids: LastingIds

    def rules(self) -> dict[UUID, tuple[Place, WrittenRule]]:
        """Give the rules by their lasting ids, with where they stand."""
        places = (((s.key, r.key), r) for s in self.document.stages for r in s.rules)
        return {self.ids[place]: (place, rule) for place, rule in places}


NOTHING = Named(WrittenPipeline.model_construct(stages=()), NO_IDS)


def fresh_id(pipeline: str, place: Place, taken: Collection[UUID]) -> UUID:
    """Give the lasting id of a new rule; that of its place may have gone elsewhere with a rule that was moved."""
    others = (ids.derived("rule", pipeline, *place, number) for number in count(2))
    return next(id_ for id_ in chain([ids.rule_id(pipeline, *place)], others) if id_ not in taken)


def lasting_ids(rule_set: RuleSet | None) -> dict[Place, UUID]:
    """Give the lasting ids of published rules by where they stand."""
    stages = rule_set.stages if rule_set else ()
    return {(stage.stage, rule.key): rule.id for stage in stages for rule in stage.rules}


def trigger(pipeline: str, stage: WrittenStage, written: WrittenTrigger) -> Trigger:
    """Give a trigger with its lasting id."""
    return Trigger(id=ids.trigger_id(pipeline, stage.key, written.key), **written.model_dump())


def write(pipeline: Pipeline, rule_set: RuleSet | None) -> WrittenPipeline:
    """Give the document of which these records were made."""
    stages = tuple(
        WrittenStage(
            **stage.model_dump(),
            triggers=tuple(
                WrittenTrigger(**t.model_dump(exclude={"id"})) for t in pipeline.triggers.get(stage.key, ())
            ),
            rules=tuple(WrittenRule(**r.model_dump(exclude={"id"})) for r in rules_of(rule_set, stage.key)),
        )
        for stage in pipeline.stages
    )
    return WrittenPipeline(pipeline=pipeline.id, name=pipeline.name, owner=pipeline.owner, stages=stages)


def rules_of(rule_set: RuleSet | None, stage: str) -> tuple[Rule, ...]:
    """Give all rules of a stage, those that are switched off too."""
    return () if rule_set is None else tuple(r for s in rule_set.stages if s.stage == stage for r in s.rules)


def stages_written_twice(document: WrittenPipeline) -> list[Finding]:
    """Find stages that have the key of one before them."""
    keys = [stage.key for stage in document.stages]
    return [
        Finding(f"stages.{n}.key", f"there is a stage {key!r} before", "give each stage its own key")
        for n, key in enumerate(keys)
        if key in keys[:n]
    ]


def placed(finding: Finding, document: WrittenPipeline) -> str:
    """Give where in the document a finding is; triggers are found by their stage's key."""
    root, _, rest = finding.path.partition(".")
    if root != "triggers":
        return finding.path
    stage, _, within = rest.partition(".")
    number = next(n for n, s in enumerate(document.stages) if s.key == stage)
    return f"stages.{number}.triggers.{within}".rstrip(".")
