"""What may become of an execution that is due."""

from dataclasses import dataclass

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.executions import ExecutionRow


@dataclass(frozen=True, slots=True)
class Perform:
    """A worker acts on the outside world."""

    row: ExecutionRow
    action: PerformAction


@dataclass(frozen=True, slots=True)
class Command:
    """crm-api changes the item."""

    row: ExecutionRow
    command: ItemCommand


@dataclass(frozen=True, slots=True)
class Closed:
    """It ends here: worked out, or skipped, missed, cancelled or failed, and the row says why."""

    row: ExecutionRow


@dataclass(frozen=True, slots=True)
class Held:
    """It stays due as it is, because it is paused."""

    row: ExecutionRow


@dataclass(frozen=True, slots=True)
class Postponed:
    """It waits until the row's new `due_at`, the next working moment."""

    row: ExecutionRow


Decision = Perform | Command | Closed | Held | Postponed
