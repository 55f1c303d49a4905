"""One new file and one line in a table add one thing: no file is forgotten in its table."""

import importlib
import pkgutil
from collections.abc import Collection
from dataclasses import dataclass

import action_workers.actions
import action_workers.providers
import automation.actions
import automation.conditions
import automation.timing
import pytest
import trigger_gateway.sources


@dataclass(frozen=True)
class Table:
    """A folder's table; `beside` are the files that the entries share."""

    package: str
    entries: Collection[object]
    beside: frozenset[str]

    def forgotten(self) -> set[str]:
        """Give the files of the folder that are neither in the table nor beside it."""
        path = importlib.import_module(self.package).__path__
        names = {module.name for module in pkgutil.iter_modules(path)} - self.beside
        return {name for name in names if not self.lists(f"{self.package}.{name}")}

    def lists(self, module: str) -> bool:
        """Say whether something that a module declares is an entry."""
        declared = vars(importlib.import_module(module)).values()
        own = [d for d in declared if not isinstance(d, type) or d.__module__ == module]
        return any(entry is each for entry in self.entries for each in own)


BESIDE_PROVIDERS = frozenset({"accounts", "asking", "audiences", "changes", "mail_connections", "oauth", "together"})
TABLES = [
    Table("automation.timing", automation.timing.TIMINGS.values(), frozenset({"plans", "recurring"})),
    Table("automation.conditions", automation.conditions.COMPARISONS.values(), frozenset({"comparison", "tree"})),
    Table("automation.actions", automation.actions.ACTIONS.values(), frozenset({"action"})),
    Table("action_workers.actions", action_workers.actions.ACTIONS.values(), frozenset({"action"})),
    Table("action_workers.providers", action_workers.providers.PROVIDERS.values(), BESIDE_PROVIDERS),
    Table(
        "trigger_gateway.sources",
        trigger_gateway.sources.SOURCES.values(),
        frozenset(
            {
                "source_kind",
                "setting_up",
                "bodies",
                "multipart",
                "thin_forms",
                "letters",
                "signatures",
                "cloudevents",
            }
        ),
    ),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.package)
def test_every_file_of_a_folder_is_in_its_table(table: Table) -> None:
    assert table.forgotten() == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.package)
def test_what_stands_beside_a_table_is_there(table: Table) -> None:
    for name in table.beside:
        importlib.import_module(f"{table.package}.{name}")


def test_a_forgotten_file_is_found() -> None:
    assert Table("automation.timing", (), frozenset()).forgotten() >= {"after", "at", "immediate"}
