"""Which values exist at one place of a rule set, and of which kind they are: what a check at save goes by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.config import Pipeline
from contracts.data import JsonObject
from contracts.elements import ADDRESS_PARTS, FieldKind

from automation.app_actions import action_of
from automation.documents import DocumentError, one_of
from automation.facts import ATTRIBUTE_KINDS
from automation.knowledge import Knowledge
from automation.paths import ITEM_ATTRIBUTES, PERSON_ATTRIBUTES

PEOPLE = frozenset({"responsible", "supervisor"})
# What the payload of a signal holds is its sender's affair.
OPEN_ROOTS = frozenset({"signal", "signals", "portal", "rule"})
# What values of a kind are made of.
PARTS: Mapping[FieldKind, tuple[str, ...]] = {"address": ADDRESS_PARTS, "person": tuple(PERSON_ATTRIBUTES)}
RESPONSIBLE = "responsible"
SETTABLE = ("title", RESPONSIBLE)
# Links that every installation has, though no field of a type describes them.
USUAL_ROLES = frozenset({"contact", "company", "repeat", "repeat_of", "copy", "copy_of"})


@dataclass(frozen=True)
class Vocabulary:
    """The values that a rule of a pipeline can name; `results` are those of the rules before it, by key.

    `variables` are the names that rules of its stage set.
    """

    pipeline: Pipeline
    knowledge: Knowledge
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()

    def kind(self, path: str) -> FieldKind | None:
        """Give the kind of a value, None where it has no fixed one; raises `DocumentError` where it cannot exist."""
        root, *names = path.split(".")
        if root in OPEN_ROOTS:
            return None
        if root in CHECKED:
            CHECKED[root](self, names)
            return None
        if root in PEOPLE:
            return self._of_person(".".join(names))
        kind = self._of_item(self._type(root), names[0], path)
        return self._part(kind, names[1:], path) if len(names) > 1 else kind

    def multiple(self, path: str) -> bool:
        """Say whether a value is several, of a field that is described."""
        root, name, *part = path.split(".")
        if path.startswith("signals.all."):
            return True
        if part or root in OPEN_ROOTS | PEOPLE | CHECKED.keys():
            return False
        field = self.knowledge.fields(self._type(root)).get(name)
        return field is not None and (field.multiple or field.kind == "choices")

    def settable(self, name: str, type_: str = "") -> None:
        """Refuse a field that no rule can set, of the pipeline's type or of another; raises `DocumentError`."""
        type_ = type_ or self.pipeline.type
        fields = self.knowledge.fields(type_)
        if name not in fields and name not in SETTABLE:
            raise DocumentError("", f"{type_} has no field {name!r} to set", one_of((*fields, *SETTABLE)))

    def _type(self, root: str) -> str:
        if root == "item":
            return self.pipeline.type
        described = self.knowledge.fields(self.pipeline.type).get(root)
        if described is not None and described.kind == "link":
            return described.to or root
        if root in USUAL_ROLES or root in self.knowledge.types:
            return root
        raise DocumentError("", f"{self.pipeline.type} has no link {root!r}", one_of(("item", *self._roles())))

    def _roles(self) -> tuple[str, ...]:
        links = (key for key, one in self.knowledge.fields(self.pipeline.type).items() if one.kind == "link")
        return (*links, *USUAL_ROLES, *PEOPLE, "results", "const")

    def _of_item(self, type_: str, name: str, path: str) -> FieldKind | None:
        if name in ITEM_ATTRIBUTES:
            return ATTRIBUTE_KINDS.get(name, "string")
        if type_ not in self.knowledge.types:
            return None
        fields = self.knowledge.fields(type_)
        if name == "name" and name not in fields:
            return "string"
        if name not in fields:
            raise DocumentError("", f"unknown field {path}: {type_} has no {name}", one_of((*fields, *ITEM_ATTRIBUTES)))
        return fields[name].kind

    def _part(self, kind: FieldKind | None, names: list[str], path: str) -> FieldKind | None:
        if kind is None:
            return None
        known = PARTS.get(kind, ())
        if len(names) != 1 or names[0] not in known:
            fix = one_of(known) if known else "write it like item.amount"
            raise DocumentError("", f"{path} names no value: a value of kind {kind} has no such part", fix)
        return "string"

    def _of_person(self, name: str) -> FieldKind:
        if name not in PERSON_ATTRIBUTES:
            raise DocumentError("", f"a person has no {name}", one_of(PERSON_ATTRIBUTES))
        return "string"


def _result(vocabulary: Vocabulary, names: list[str]) -> None:
    key, *rest = names
    if key not in vocabulary.results:
        raise DocumentError("", f"no earlier rule of this stage is called {key!r}", one_of(vocabulary.results))
    if not rest or rest[0] not in vocabulary.results[key]:
        known = vocabulary.results[key]
        fix = one_of(f"results.{key}.{name}" for name in known) if known else "this action gives no results"
        raise DocumentError("", f"rule {key!r} gives no result {'.'.join(rest) or 'without a name'}", fix)


def _constant(vocabulary: Vocabulary, names: list[str]) -> None:
    if names[0] not in vocabulary.knowledge.constants:
        raise DocumentError("", f"there is no constant {names[0]!r}", one_of(vocabulary.knowledge.constants))


def _variable(vocabulary: Vocabulary, names: list[str]) -> None:
    if names[0] not in vocabulary.variables:
        known = [f"var.{name}" for name in vocabulary.variables]
        fix = one_of(known) if known else "set it by a rule before"
        raise DocumentError("", f"no rule of this stage sets a variable {names[0]!r}", fix)


# Roots whose names are checked, and whose values have no fixed kind.
CHECKED: dict[str, Callable[[Vocabulary, list[str]], None]] = {
    "results": _result,
    "const": _constant,
    "var": _variable,
}


def results_of(do: Mapping[str, JsonObject], knowledge: Knowledge) -> tuple[str, ...]:
    """Give the names of what an action, with its parameters as they are written, leaves for later rules."""
    action, params = next(iter(do.items()))
    known = action_of(action, knowledge)
    return known.gives(params) if known else ()
