"""What people order of many executions at once: each is looked at by itself, and told what was ordered or why not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts.data import Data, JsonObject, Part
from contracts.envelope import Cause
from contracts.executions import ExecutionRow, ExecutionState
from contracts.messages import Message

from crm_api.access.rights import Reach
from crm_api.background.jobs import Chunk, Step
from crm_api.executions import orders
from crm_api.executions.orders import NotPossible
from crm_api.store import executions as store
from crm_api.store.executions import Which

KIND = "order-executions"
AT_ONCE = 500
# What an order is meant for where no state is named, each before those that it may turn into.
MEANT: Mapping[str, tuple[ExecutionState, ...]] = {
    "cancel": ("waiting_for_signal", "waiting_for_date", "waiting_for_previous", "waiting", "dispatched"),
    "retry": ("failed",),
    "confirm": ("uncertain",),
}
UNKNOWN = "there is no such execution"
BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


class Order(Part):
    """One order for many: `reason` is that of a cancel, `sent` what became of effects that are confirmed."""

    do: Literal["cancel", "retry", "confirm"]
    reason: str = ""
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What was ordered, and of what it could not be, each with the reason in words."""

    ordered: tuple[UUID, ...] = ()
    refused: tuple[tuple[UUID, str], ...] = ()


def told(order: Order, row: ExecutionRow, by: str) -> list[Data]:
    """Give what the owners of one execution are told; raises `NotPossible`."""
    match order.do:
        case "cancel":
            # Who cancels all that waits does not want tomorrow's instead; behind what runs that is there already.
            return [orders.cancel(row, by, order.reason, series=row.state != "dispatched")]
        case "retry":
            return [orders.retry(row, by)]
        case "confirm":
            return confirmations(order, row, by)


def confirmations(order: Order, row: ExecutionRow, by: str) -> list[Data]:
    """Say the same of all effects of an execution that are uncertain; raises `NotPossible` where none is."""
    unsure = [effect.id for effect in row.effects if effect.state == "uncertain"]
    if not unsure:
        raise NotPossible("no effect of it is uncertain")
    return [orders.confirm(row, effect, by, sent=order.sent) for effect in unsure]


@dataclass(frozen=True, slots=True)
class Giving:
    """One order, being given in one transaction."""

    tx: Transaction
    outbox: Outbox
    order: Order
    cause: Cause

    async def of(self, rows: Iterable[ExecutionRow]) -> Given:
        """Order it of each of these executions of which it can be."""
        ordered: list[UUID] = []
        refused: list[tuple[UUID, str]] = []
        about = About(at=await self.tx.now(), cause=self.cause)
        for row in rows:
            try:
                messages = [self._message(row, data, about) for data in told(self.order, row, self.cause.actor)]
            except NotPossible as error:
                refused.append((row.id, str(error)))
                continue
            await self.outbox.publish(self.tx, messages)
            ordered.append(row.id)
        return Given(tuple(ordered), tuple(refused))

    async def of_ids(self, ids: Collection[UUID], reach: Reach) -> Given:
        """Order it of executions by their ids; those of items out of reach are unknown."""
        found = await store.by_id(self.tx, ids, reach)
        given = await self.of(found[id_] for id_ in ids if id_ in found)
        return Given(given.ordered, (*given.refused, *((id_, UNKNOWN) for id_ in ids if id_ not in found)))

    def _message(self, row: ExecutionRow, data: Data, about: About) -> Message:
        return self.outbox.message(orders.road(data, row), row.item, data, about)


def states(order: Order, which: Which) -> tuple[ExecutionState, ...]:
    """Give the states whose executions are meant, in the order in which they are gone through."""
    return (which.state,) if which.state else MEANT[order.do]


async def few(tx: Transaction, order: Order, which: Which, reach: Reach) -> list[ExecutionRow] | None:
    """Give the executions of a filter, None where they are too many to be told of at once."""
    found: list[ExecutionRow] = []
    for state in states(order, which):
        rows = await store.listed(tx, replace(which, state=state), reach, BEGINNING, AT_ONCE + 1 - len(found))
        found += map(read, rows)
        if len(found) > AT_ONCE:
            return None
    return found


def as_params(order: Order, which: Which, reach: Reach) -> JsonObject:
    """Write an order for all executions of a filter as the parameters of a job."""
    return {
        "order": order.model_dump(mode="json"),
        "which": asdict(which),
        "reach": {"places": reach.places, "me": reach.me, "colleagues": sorted(reach.colleagues)},
    }


async def work(chunk: Chunk) -> Step:
    """Order it of the next executions of the filter, oldest first, within what its asker might do when they asked.

    One state is gone through after the other: each is read along an index in the order of its executions.
    """
    params, cursor = chunk.job.params, chunk.job.cursor
    order, which = Order(**params["order"]), Which(**params["which"])
    meant, n = states(order, which), cursor.get("n", 0)
    after = (datetime.fromisoformat(cursor["at"]), UUID(cursor["id"])) if "at" in cursor else BEGINNING
    within = reach_of(params["reach"])
    rows = await store.listed(chunk.tx, replace(which, state=meant[n]), within, after, AT_ONCE)
    given = await Giving(chunk.tx, chunk.outbox, order, chunk.job.cause).of(read(row) for row in rows)
    over = len(rows) < AT_ONCE
    place = {"n": n + 1} if over else {"n": n, "at": rows[-1]["at"].isoformat(), "id": str(rows[-1]["id"])}
    counts = {"ordered": len(given.ordered), "refused": len(given.refused)}
    return Step(cursor=place, more=not over or n + 1 < len(meant), done=len(rows), counts=counts)


def read(row: Mapping[str, Any]) -> ExecutionRow:
    """Read an execution from its row."""
    return ExecutionRow.model_validate(row["body"])


def reach_of(written: JsonObject) -> Reach:
    """Read the reach that an order was given with."""
    places: Sequence[Sequence[str]] = written["places"]
    return Reach(tuple((t, p, w) for t, p, w in places), written["me"], frozenset(written["colleagues"]))
