"""Who did what, and what was refused: rows that are only ever added."""

from datetime import datetime
from uuid import UUID

from contracts.data import JsonObject, Part
from pydantic import Field

DONE = "done"
REFUSED = "refused"


class Act(Part):
    """One row: a principal, from an address, did something to a subject, or was refused.

    `detail` names things by their ids only: what is written here is never erased.
    """

    id: UUID
    at: datetime
    principal: str
    operation: str
    subject: str = ""
    outcome: str = DONE
    address: str = ""
    correlation: UUID
    detail: JsonObject = Field(default_factory=dict)
