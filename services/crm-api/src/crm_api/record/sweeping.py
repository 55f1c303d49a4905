"""Changes to many items, asked for by one request: chunk by chunk, each a transaction of its own."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.problems import Problem
from chassis.process import Process
from contracts.envelope import Cause

from crm_api.record.changing import Changes

CHUNK = 200
MOST = 10_000

# Gives the next items that are still to be changed, at most so many.
Next = Callable[[Transaction, int], Awaitable[Sequence[UUID]]]
# Changes the items that are locked.
Change = Callable[[Changes, Sequence[UUID]], None]


async def sweep(process: Process[Knowledge], cause: Cause, left: Next, change: Change, *, most: int = MOST) -> int:
    """Change items until none is left, and give how many there were; raises a 409 problem behind the most at once.

    What is done stays done: the same request again goes on.
    """
    done = 0
    while done < most:
        async with process.database.transaction() as tx:
            ids = await left(tx, min(CHUNK, most - done))
            if not ids:
                return done
            changes = Changes(tx, await process.config.view(tx), cause, process.outbox)
            found = await changes.lock(ids)
            change(changes, [id_ for id_, item in found.items() if not item.deleted])
            await changes.announce()
            done += len(ids)
    raise Problem(409, "There is more to do", detail=f"{done} items are done; send the same request again to go on")
