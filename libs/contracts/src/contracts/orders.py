"""What people order of executions, on `automation.commands`."""

from typing import ClassVar
from uuid import UUID

from contracts.data import Data


class CancelExecution(Data):
    """Cancel what has not reached the outside world.

    Of a rule that recurs this occurrence alone is cancelled, and the next is planned; with `series` all after it are
    cancelled too, and nothing follows.
    """

    TYPE: ClassVar[str] = "automation.command.cancel.v1"
    execution: UUID
    item: UUID
    by: str
    reason: str
    series: bool = False


class RetryExecution(Data):
    """Check, resolve and render anew under the same execution id, as a new round."""

    TYPE: ClassVar[str] = "automation.command.retry.v1"
    execution: UUID
    item: UUID
    by: str
