"""Pauses: whether what is to be paused is there; one of anything else would hold nothing."""

from automation.knowledge import Knowledge
from contracts.config import Pause

from crm_api.fields import FieldError


def check_pause(pause: Pause, knowledge: Knowledge) -> None:
    """Refuse to pause what is not there; raises `FieldError`. To resume is never refused."""
    if not pause.paused:
        return
    if pause.scope == "all":
        if pause.of:
            raise FieldError("of", "a pause of all names nothing", "leave it out, or send scope pipeline or rule")
    elif pause.scope == "pipeline":
        # What waits of a pipeline that was deleted still waits.
        if pause.of not in knowledge.pipelines and all(key != pause.of for key, _ in knowledge.rule_sets):
            known = ", ".join(sorted(knowledge.pipelines)) or "none; publish one first"
            raise FieldError("of", f"there is no pipeline {pause.of!r}", f"use one of: {known}")
    elif not _is_rule(pause.of, knowledge):
        fix = "send the lasting id of a published rule, as /v1/config/rule-set and timelines tell it"
        raise FieldError("of", f"there is no rule {pause.of!r}", fix)


def _is_rule(id_: str, knowledge: Knowledge) -> bool:
    stages = (stage for one in knowledge.rule_sets.values() for stage in one.stages)
    return any(str(rule.id) == id_ for stage in stages for rule in stage.rules)
