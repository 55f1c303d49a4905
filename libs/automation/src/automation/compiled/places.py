"""The values that a rule reads, each read once and laid in its place."""

from collections.abc import Callable

from contracts.hot import HotItem

from automation.compiled.case import Case, as_item
from automation.facts import Facts
from automation.paths import DEEP, ITEM_ATTRIBUTES, KNOWN_WITHOUT_ITEM, ROOTS, filled, of_item, reader

Read = Callable[[Case], object]
OWN, OF_LINK = 2, 2


class NotCompiled(Exception):
    """A rule reads something that only the general path knows."""


class Places:
    """Paths and their places; `roles` are the links that they go by, in the order of `Case.linked`."""

    def __init__(self, typical: Facts) -> None:
        self.typical = typical
        self.paths: dict[str, int] = {}
        self.roles: dict[str, int] = {}
        self.reads: list[Read] = []

    def of(self, path: str) -> int:
        """Give the place of a path; raises `NotCompiled`."""
        if path not in self.paths:
            self.reads.append(self._read(path))
            self.paths[path] = len(self.paths)
        return self.paths[path]

    def role(self, role: str) -> int:
        """Give the place of a role."""
        return self.roles.setdefault(role, len(self.roles))

    def _read(self, path: str) -> Read:
        root, *names = path.split(".")
        read = reader(path)
        if root in KNOWN_WITHOUT_ITEM:
            fixed = read(self.typical)
            return lambda _: fixed
        if root in DEEP:
            raise NotCompiled(path)
        if len(names) > 1 or (root in ROOTS and root != "item"):
            return lambda case: read(case.facts)
        return _own(names[0]) if root == "item" else _of_link(self.role(root), names[0])


def _own(name: str) -> Read:
    if name == "name" or name in ITEM_ATTRIBUTES:
        return lambda case: of_item(as_item(case.item), name)
    return lambda case: filled(case.item.fields.get(name))


def _of_link(at: int, name: str) -> Read:
    def read(case: Case) -> object:
        item: HotItem | None = case.linked[at]
        return of_item(as_item(item), name)

    return read
