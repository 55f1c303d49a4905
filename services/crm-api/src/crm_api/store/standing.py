"""Which items stand in the stages of a pipeline."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Transaction

IN_STAGES = "SELECT id FROM item WHERE pipeline = $1 AND stage = ANY($2::text[]) AND NOT deleted LIMIT $3"


async def in_stages(tx: Transaction, limit: int, *, pipeline: str, stages: Sequence[str]) -> list[UUID]:
    """Give some of the items that stand in these stages."""
    return [row["id"] for row in await tx.fetch(IN_STAGES, pipeline, list(stages), limit)]
