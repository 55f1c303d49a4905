"""Who of several becomes responsible: in turn, or whoever has the fewest open items."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from contracts.ids import derived
from contracts.people import TURNS, Among, Person, Turn

from automation.documents import DocumentError, one_of
from automation.knowledge import Knowledge
from automation.people import absence, is_there

__all__ = ["LEAST_BUSY", "TURNS", "available", "check_among", "least_busy", "members", "name_of", "next_in_turn"]

LEAST_BUSY: Turn = "least-busy"
LONGEST_NAME = 200
FORM = "write {role: …}, {department: …} or {people: […]}"


def check_among(among: Among | None, knowledge: Knowledge) -> Among:
    """Refuse what names nobody, or who is not known; raises `DocumentError`."""
    if among is None or not _says_one_way(among):
        raise DocumentError("among", "it does not say among whom, in one way", FORM)
    if among.department:
        _check_known("among.department", among.department, knowledge.departments)
    for number, id_ in enumerate(among.people):
        _check_known(f"among.people.{number}", id_, knowledge.people)
    if among.role and not members(among, knowledge):
        roles = {person.role for person in knowledge.people.values() if person.role}
        raise DocumentError("among.role", f"nobody has the role {among.role!r}", one_of(roles))
    return among


def name_of(among: Among) -> str:
    """Give the name of whose turns these are; the same people take one turn after the other, whoever asks."""
    if among.people:
        name = "people:" + ",".join(sorted(set(among.people)))
    else:
        name = f"role:{among.role}" if among.role else f"department:{among.department}"
    # It is a key, which cannot be of any length.
    return name if len(name) <= LONGEST_NAME else str(derived("turn", name))


def members(among: Among, knowledge: Knowledge) -> list[Person]:
    """Give all who are meant, in the order of their turns."""
    people = [knowledge.people[id_] for id_ in sorted(knowledge.people)]
    if among.people:
        return [person for person in people if person.id in among.people]
    if among.role:
        return [person for person in people if person.role == among.role]
    return [person for person in people if among.department and person.department == among.department]


def available(among: Among, knowledge: Knowledge, now: datetime) -> list[str]:
    """Give those who can be chosen now, in the order of their turns: who is there, else the deputies of who is not."""
    meant = members(among, knowledge)
    there = [person.id for person in meant if is_there(person, knowledge, now)]
    return there or sorted({id_ for person in meant for id_ in _deputies(person, knowledge, now)})


def next_in_turn(candidates: Sequence[str], last: str) -> str:
    """Give whose turn it is after `last`, who need not be among the candidates any more."""
    return next((id_ for id_ in candidates if id_ > last), candidates[0])


def least_busy(candidates: Sequence[str], busy: Mapping[str, int], last: str) -> str:
    """Give who has the fewest open items; of several, whose turn it is after `last`."""
    fewest = min(busy.get(id_, 0) for id_ in candidates)
    return next_in_turn([id_ for id_ in candidates if busy.get(id_, 0) == fewest], last)


def _says_one_way(among: Among) -> bool:
    return sum(map(bool, (among.role, among.department, among.people))) == 1


def _check_known(path: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise DocumentError(path, f"there is no {name!r}", one_of(known))


def _deputies(person: Person, knowledge: Knowledge, now: datetime) -> list[str]:
    away = absence(person, knowledge, now)
    named = (away.deputy if away else None, person.deputy)
    return [id_ for id_ in named if id_ and is_there(knowledge.people.get(id_), knowledge, now)][:1]
