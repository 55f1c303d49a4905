"""Pauses: whether what is to be paused is there; one of anything else would hold nothing."""

from automation.knowledge import Knowledge
from contracts.config import Pause

from crm_api.fields import FieldError


def check_pause(pause: Pause, knowledge: Knowledge) -> None:
    """Refuse to pause what is not there; raises `FieldError`. To resume is never refused."""
    if pause.paused:
        CHECKS[pause.scope](pause.of, knowledge)


def _check_all(of: str, _: Knowledge) -> None:
    if of:
        raise FieldError("of", "a pause of all names nothing", "leave it out, or send scope pipeline or rule")


def _check_pipeline(of: str, knowledge: Knowledge) -> None:
    # What waits of a pipeline that was deleted still waits.
    if of not in knowledge.pipelines and all(key != of for key, _ in knowledge.rule_sets):
        known = ", ".join(sorted(knowledge.pipelines)) or "none; publish one first"
        raise FieldError("of", f"there is no pipeline {of!r}", f"use one of: {known}")


def _check_rule(of: str, knowledge: Knowledge) -> None:
    if not _is_rule(of, knowledge):
        fix = "send the lasting id of a published rule, as /v1/config/rule-set and timelines tell it"
        raise FieldError("of", f"there is no rule {of!r}", fix)


CHECKS = {"all": _check_all, "pipeline": _check_pipeline, "rule": _check_rule}


def _is_rule(id_: str, knowledge: Knowledge) -> bool:
    stages = (stage for one in knowledge.rule_sets.values() for stage in one.stages)
    return any(str(rule.id) == id_ for stage in stages for rule in stage.rules)
