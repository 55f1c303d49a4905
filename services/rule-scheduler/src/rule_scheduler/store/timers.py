"""The timers of what is held back."""

from datetime import datetime

from chassis.database import Transaction

RESUME = (
    "UPDATE timer SET due_at = $2, payload = '' WHERE lane = $1 AND id = ANY(ARRAY("
    "SELECT id FROM timer WHERE lane = $1 AND payload = 'held' FOR UPDATE SKIP LOCKED))"
)


async def resume(tx: Transaction, lane: str, now: datetime) -> None:
    """Let all that is held be looked at now; what somebody is looking at is left to them."""
    await tx.execute(RESUME, lane, now)
