"""A dry run: each chunk is undone, so what an earlier one would have made is remembered here."""

from crm_api.background.jobs import RowProblem
from crm_api.imports.rows import RowReader
from crm_api.imports.writing import Outcome
from crm_api.record.uniqueness import holdings


class Tried:
    """What the chunks of a dry run would have made: keys of items, unique values that they hold, and contacts."""

    def __init__(self) -> None:
        self._keys: set[object] = set()
        self._held: dict[tuple[str, str, str], int] = {}
        self._contacts: set[tuple[str, str]] = set()

    def settle(self, outcome: Outcome, reader: RowReader) -> None:
        """Take a chunk's outcome for what it would be behind the earlier chunks."""
        for row, item in outcome.made:
            key = row.values.get(reader.asked.key) if reader.asked.key else None
            held = [one[:3] for one in holdings(reader.type, item)]
            twice = next((one for one in held if one in self._held), None)
            if key is not None and key in self._keys:
                outcome.counts["created"] -= 1
                outcome.counts["changed"] += 1
            elif twice is not None:
                outcome.counts["created"] -= 1
                problem = f"row {self._held[twice]} has the same value"
                outcome.refuse([RowProblem(row.number, reader.column_of(twice[1]), problem, "send another value")])
            else:
                self._keys |= {key} - {None}
                self._held |= dict.fromkeys(held, row.number)
        outcome.made.clear()
        self._settle_contacts(outcome)

    def _settle_contacts(self, outcome: Outcome) -> None:
        """Count each contact once: a later row with its phone or email would have found it."""
        for row in outcome.contacts:
            if self._contacts.isdisjoint(row.known_by):
                self._contacts |= set(row.known_by)
            else:
                outcome.counts["contacts"] -= 1
        outcome.contacts.clear()
