"""Where the work of people stands: what they have open, how long it stays, and which of their tasks are late."""

from dataclasses import dataclass
from uuid import UUID

from automation.knowledge import Knowledge

from crm_api.access.rights import Rights


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one person: open items and tasks.

    `average` and `longest` are seconds that the items have been in their stages, `longest_item` which was longest,
    `overstayed` how many have been there for longer than was asked about; `late` tasks are past their deadline.
    """

    person: str
    items: int = 0
    overstayed: int = 0
    average: float = 0.0
    longest: float = 0.0
    longest_item: UUID | None = None
    tasks: int = 0
    late: int = 0


def supervised(rights: Rights, knowledge: Knowledge) -> list[str]:
    """Give whose work a caller is told of: their own, and that of those whom they lead; an admin is told of everyone's.

    Whoever is the supervisor of somebody, or the head of their department or of one above it, leads them and theirs.
    """
    if rights.admin:
        return sorted(knowledge.people)
    led = {rights.person} & knowledge.people.keys()
    fresh = set(led)
    while fresh:
        fresh = {id_ for leader in fresh for id_ in led_by(leader, knowledge)} - led
        led |= fresh
    return sorted(led)


def led_by(leader: str, knowledge: Knowledge) -> set[str]:
    """Give whom a person leads at first hand: those who name them, and those in the departments that they head."""
    headed = {id_ for id_, one in knowledge.departments.items() if one.head == leader}
    grown = True
    while grown:
        below = {id_ for id_, one in knowledge.departments.items() if one.parent in headed} - headed
        headed, grown = headed | below, bool(below)
    return {p.id for p in knowledge.people.values() if p.supervisor == leader or p.department in headed}
