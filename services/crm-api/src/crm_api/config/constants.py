"""Constants: values that rules name, such as `const.limit`."""

import re

from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.templates import compile_text
from contracts.config import Constant

from crm_api.fields import FieldError

LONGEST = 1000
# One step of a path: what has more, or ends a placeholder, names something else.
NAME = re.compile(r"[\w-]+")


def check_constant(constant: Constant, _: Knowledge) -> None:
    """Refuse a constant that no rule can name, or whose value is too long for a text."""
    if not can_be_named(constant.id):
        fix = "use letters, digits and _, and no word of templates such as `limit` or `in`"
        raise FieldError("id", f"texts cannot name const.{constant.id}", fix)
    if isinstance(constant.value, str) and len(constant.value) > LONGEST:
        raise FieldError("value", f"it has {len(constant.value)} characters", f"use at most {LONGEST}")


def can_be_named(id_: str) -> bool:
    """Say whether a text can name a constant of this id."""
    try:
        # As a filter reads it: there some words mean something else.
        compile_text(f"{{{{ const.{id_} | upcase }}}}")
    except DocumentError:
        return False
    return NAME.fullmatch(id_) is not None


def check_unused(id_: str, knowledge: Knowledge) -> None:
    """Refuse to delete a constant that published rules and triggers name; raises `FieldError`."""
    named = _naming(id_, knowledge)
    users = [key for key in knowledge.pipelines if named.search(_published(key, knowledge))]
    if users:
        raise FieldError("id", f"const.{id_} is used in {', '.join(sorted(users))}", "change those pipelines first")


def _naming(id_: str, knowledge: Knowledge) -> re.Pattern[str]:
    """Give what finds where the JSON of rules names a constant, and not one whose id only begins like it."""
    longer = [re.escape(one.removeprefix(id_)) for one in knowledge.constants if one.startswith(f"{id_}-")]
    other = rf"(?!(?:{'|'.join(longer)})(?![\w-]))" if longer else ""
    name = re.escape(id_)
    quoted = rf"""\s*\[\s*(?:'|\\"){name}(?:'|\\")\s*\]"""
    # In JSON a line of a text ends with two signs, of which the second is a letter.
    return re.compile(rf"(?:\b|\\[bfnrt])const(?:\.{name}(?!\w){other}|{quoted})")


def _published(key: str, knowledge: Knowledge) -> str:
    pipeline = knowledge.pipelines[key]
    rule_set = knowledge.rule_sets.get((key, pipeline.rule_set))
    return pipeline.model_dump_json() + (rule_set.model_dump_json() if rule_set else "")
