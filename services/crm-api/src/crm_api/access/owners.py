"""With whose rights a rule acts: those of who published it last, checked at the publish and again when it runs."""

from collections.abc import Collection, Iterator
from uuid import UUID

from automation.actions import ACTIONS
from automation.checking import Finding
from automation.documents import join
from automation.knowledge import Knowledge
from contracts.commands import (
    AskEmployee,
    AssignItem,
    ChangeItem,
    CreateFromItem,
    DeleteItem,
    FetchItems,
    ItemCommand,
    MoveItem,
    PostToFeed,
    Remind,
    ScheduleActivity,
)
from contracts.data import JsonObject
from contracts.people import ItemAction
from contracts.rules import Rule, RuleSet
from pydantic import ValidationError

from crm_api.access.rights import Rights, of_admin, of_person

SYSTEM = "system"
NEEDS: dict[type[ItemCommand], ItemAction] = {
    MoveItem: "change",
    ChangeItem: "change",
    AssignItem: "change",
    CreateFromItem: "change",
    DeleteItem: "delete",
    FetchItems: "read",
    AskEmployee: "read",
    PostToFeed: "read",
    ScheduleActivity: "change",
    Remind: "read",
}
# What a command is made with where nobody runs it.
NOBODY = UUID(int=0)
SOMEBODY = "somebody"
COMMON = {"execution": NOBODY, "item": NOBODY, "rule": NOBODY, "owner": "", "config": 0}


def rights_of_owner(owner: str, knowledge: Knowledge, operators: Collection[str]) -> Rights:
    """Give the rights of a rule's owner as the config says now: all of them for an operator of the deployment."""
    if owner == SYSTEM or owner in operators:
        return of_admin(owner)
    return of_person(owner, knowledge)


def check_owner(rule_set: RuleSet, rights: Rights) -> Iterator[Finding]:
    """Find the rules that do what their owner may do with no item of the pipeline; the run looks at the very item."""
    for n, stage in enumerate(rule_set.stages):
        for m, rule in enumerate(stage.rules):
            for action, type_, pipeline in needs(rule, rule_set.pipeline) if rule.enabled else ():
                if not rights.reach(action).touches(type_, pipeline):
                    at = join("stages", n, "rules", m, "do", rule.action)
                    told = (
                        f"the rule would act with the rights of {rights.name}, who may not {action} {pipeline or type_}"
                    )
                    yield Finding(at, told, "let somebody publish it who may, or ask an admin for the right")


def needs(rule: Rule, pipeline: str) -> Iterator[tuple[ItemAction, str, str]]:
    """Give what a rule needs to be allowed: an action with items of a type and a pipeline."""
    type_ = pipeline.partition("/")[0]
    command = commanded(rule, type_)
    if command is None:
        return
    yield NEEDS[type(command)], type_, pipeline
    if isinstance(command, MoveItem) and command.pipeline not in {"", pipeline}:
        yield "add", type_, command.pipeline
    if isinstance(command, FetchItems) and command.pipeline:
        yield "read", command.type, command.pipeline
    if isinstance(command, CreateFromItem):
        yield "add", command.type, command.pipeline


def commanded(rule: Rule, type_: str) -> ItemCommand | None:
    """Give the command that a rule of a type sends; None for what happens outside, and what cannot be read."""
    action = ACTIONS.get(rule.action)
    if action is None or action.command is None:
        return None
    try:
        read = action.params.model_validate(rule.params)
        written = {name: getattr(read, name) for name in type(read).model_fields}
        return action.command(dict(COMMON), {**written, **_settled(written, type_)})
    except (ValidationError, KeyError, TypeError):
        return None  # told as a finding of its own


def _settled(written: JsonObject, type_: str) -> JsonObject:
    """Give what the run finds out: the item's own type where none is named, and who is meant."""
    return {"type": written.get("type") or type_, **({"to": SOMEBODY} if "to" in written else {})}
