"""What a caller may do: the grants of the roles that a person has, within what their key allows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from automation.knowledge import Knowledge
from chassis.principals import Principal
from contracts.items import Item
from contracts.people import Grant, ItemAction, Person, Role

Level = Literal["read", "change"]
ANY = "*"
ACTIONS: tuple[ItemAction, ...] = get_args(ItemAction)
EVERYTHING = (Grant(actions=ACTIONS, whose="all"),)
ROLE = "ask an admin for a role that allows it"
WIDER = "use a key that may also change"


class Forbidden(PermissionError):
    """The caller may not do this; `operation` and `subject` follow on "you may not"."""

    def __init__(self, operation: str, subject: str = "", fix: str = "", title: str = "You may not do this") -> None:
        super().__init__(f"you may not {operation} {subject}".rstrip())
        self.fix = fix or ROLE
        self.title = title


@dataclass(frozen=True, slots=True)
class Reach:
    """Which items a caller may do one thing with; each place is a type, a pipeline, and whose."""

    places: tuple[tuple[str, str, str], ...] = ()
    me: str = ""
    colleagues: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Say whether it is any item at all."""
        return (ANY, ANY, "all") in self.places

    @property
    def values(self) -> tuple[Any, ...]:
        """Give the parameters of the SQL predicate."""
        types, pipelines, whose = map(list, zip(*self.places, strict=True)) if self.places else ([], [], [])
        return self.everything, self.me, sorted(self.colleagues), types, pipelines, whose

    def holds(self, type_: str, pipeline: str, responsible: str | None) -> bool:
        """Say of one item what the SQL predicate says."""
        return any(self._whose(whose, responsible) for whose in self._at(type_, pipeline))

    def covers(self, type_: str, pipeline: str = ANY) -> bool:
        """Say whether it is every item of a pipeline, or of a type, whoever is responsible."""
        return "all" in self._at(type_, pipeline)

    def touches(self, type_: str, pipeline: str) -> bool:
        """Say whether some items of a pipeline may be among them."""
        return bool(self._at(type_, pipeline))

    def _at(self, type_: str, pipeline: str) -> set[str]:
        return {w for t, p, w in self.places if t in {ANY, type_} and p in {ANY, pipeline}}

    def _whose(self, whose: str, responsible: str | None) -> bool:
        if whose == "all":
            return True
        return responsible == self.me if whose == "own" else responsible in self.colleagues


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one caller; raises `Forbidden` for what they do not allow. A service has none of a person's."""

    name: str
    person: str = ""
    admin: bool = False
    grants: tuple[Grant, ...] = ()
    automation: Mapping[str, Level] = field(default_factory=dict)
    colleagues: frozenset[str] = frozenset()

    def reach(self, action: ItemAction) -> Reach:
        """Give which items this may be done with."""
        places = dict.fromkeys((g.type, g.pipeline, g.whose) for g in self.grants if action in g.actions)
        return Reach(tuple(places), self.person, self.colleagues)

    def may(self, action: ItemAction, item: Item) -> bool:
        """Say whether this may be done with an item."""
        return self.reach(action).holds(item.type, item.pipeline, item.responsible)

    def require_admin(self, operation: str = "do what is left to admins", subject: str = "") -> None:
        """Refuse whoever is no admin."""
        if not self.admin:
            raise Forbidden(operation, subject)

    def require_automation(self, type_: str, level: Level) -> None:
        """Refuse whoever may not read, or change, the rules and triggers of a type."""
        if not self.may_automate(type_, level):
            raise Forbidden(f"{level} the rules and triggers of {type_}")

    def may_automate(self, type_: str, level: Level) -> bool:
        """Say whether the rules and triggers of a type may be read, or changed; who may change may read."""
        held = {self.automation.get(type_), self.automation.get(ANY)}
        return "change" in held or level in held

    def require(self, action: ItemAction, type_: str, pipeline: str, responsible: str | None = None) -> None:
        """Refuse what may not be done with such an item, such as one that is to be made."""
        if not self.reach(action).holds(type_, pipeline, responsible):
            raise Forbidden(f"{action} {pipeline or type_}")

    def settled(self, type_: str, pipeline: str, responsible: str | None) -> str | None:
        """Give who is responsible for an item that is to be made; raises `Forbidden` where it may not be made.

        Whoever may add only their own items need not name themselves.
        """
        add = self.reach("add")
        mine = responsible is None and not add.holds(type_, pipeline, None)
        settled = self.person if mine else responsible
        self.require("add", type_, pipeline, settled)
        return settled


def rights_of(principal: Principal, knowledge: Knowledge) -> Rights:
    """Give the rights of a caller as the config says now; raises `Forbidden` for a person who is nobody here."""
    if principal.is_service:
        return Rights(principal.name)
    if principal.operator:
        return of_admin(principal.name)
    rights = of_person(principal.name, knowledge)
    if not rights.person:
        raise Forbidden("ask as", principal.name, fix="an admin can make you an active person of this company")
    return rights if principal.scope is None else principal.scope.within(rights)


def of_admin(name: str) -> Rights:
    """Give all rights."""
    return Rights(name, name.partition(":")[2], True, EVERYTHING, {ANY: "change"})


def of_person(name: str, knowledge: Knowledge) -> Rights:
    """Give the rights of a person (`user:ann`); none for whoever is unknown or inactive."""
    return knowledge.memo.of(("rights", name), knowledge, lambda: _of_person(name, knowledge))


def _of_person(name: str, knowledge: Knowledge) -> Rights:
    person = knowledge.people.get(name.removeprefix("user:"))
    if person is None or not person.active:
        return Rights(name)
    roles = [knowledge.roles[key] for key in person.access if key in knowledge.roles]
    if any(role.admin for role in roles):
        return of_admin(name)
    grants = tuple(grant for role in roles for grant in role.grants)
    return Rights(name, person.id, False, grants, automation_of(roles), colleagues(person, knowledge))


def automation_of(roles: Iterable[Role]) -> dict[str, Level]:
    """Give what roles together allow by type; who may change in one of them may change."""
    together: dict[str, Level] = {}
    for role in roles:
        for type_, level in role.automation.items():
            if together.get(type_) != "change":
                together[type_] = level
    return together


def colleagues(person: Person, knowledge: Knowledge) -> frozenset[str]:
    """Give whoever is in a person's department or one below it, the person too."""
    below = {person.department} - {""}
    grown = True
    while grown:
        more = {d.id for d in knowledge.departments.values() if d.parent in below} - below
        below, grown = below | more, bool(more)
    return frozenset({person.id, *(p.id for p in knowledge.people.values() if p.department in below)})
