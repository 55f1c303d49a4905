"""Claims of which nobody here knows whether they were committed, as the database did not answer: they are taken back.

Nothing outside was touched by them. So their effects go again as soon as the database answers, where they would be
`uncertain` when the time of the claims is over.
"""

from collections.abc import Iterable
from uuid import UUID

import structlog
from chassis.database import Database, Transaction
from chassis.timers import drop_timers

from action_workers import claims, ledger, store
from action_workers.announcing import Announcer
from action_workers.answers import TryLater
from action_workers.effect import Effect
from action_workers.traffic import store as accounts_store

NOT_BEGUN = TryLater("the database did not answer as it was to be sent; nothing was sent")
log = structlog.get_logger()


class Doubtful:
    """The doubtful claims of one executor."""

    def __init__(self, kind: str, database: Database, announcer: Announcer) -> None:
        self.kind = kind
        self.database = database
        self.announcer = announcer
        self._claims: dict[UUID, Effect] = {}

    def add(self, claimed: Iterable[Effect]) -> None:
        """Note effects as they were claimed; nothing may be done about them."""
        self._claims |= {effect.id: effect for effect in claimed}

    async def take_back(self) -> None:
        """Take back those that were committed after all; raises what the database does, and can be asked again."""
        if self._claims:
            async with self.database.transaction() as tx:
                await self._take_back(tx)
            self._claims = {}

    async def _take_back(self, tx: Transaction) -> None:
        # Where the server is still at that commit, the locks wait for its end.
        rows = await store.lock(tx, self._claims)
        now = await tx.now()
        back = [after for row in rows if (after := ledger.unclaimed(row, self._claims[row.id], NOT_BEGUN.reason, now))]
        ids = [effect.id for effect in back]
        log.warning("executor: claims are taken back", kind=self.kind, doubtful=len(self._claims), back=len(back))
        await store.move(tx, back)
        drop_timers(tx, claims.lane(self.kind), ids)
        accounts_store.found_out_nothing(tx, ids, now)
        if back:
            await store.end_attempts(tx, [(effect, NOT_BEGUN) for effect in back], now)
        await self.announcer.announce(tx, back)
