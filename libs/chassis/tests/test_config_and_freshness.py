"""The config copy follows its records; the staleness gate follows the relay."""

from datetime import UTC, datetime, timedelta

import pytest
from chassis.config_copy import ConfigCopy, keep, store
from chassis.database import Transaction
from chassis.freshness import StalenessGate, note
from chassis.ids import new_id
from chassis.outbox import About
from chassis.received import Received
from contracts import topics
from contracts.config import ConfigChanged
from contracts.envelope import Cause, Envelope
from contracts.items import RelayProgress

from .conftest import AT, Service


def change(key: str, revision: int, *, deleted: bool = False, **data: object) -> ConfigChanged:
    kind, _, id_ = key.partition("/")
    return ConfigChanged(kind=kind, id=id_, revision=revision, deleted=deleted, data=data, changed_at=AT)


async def test_a_view_is_made_once_and_then_only_from_what_is_newer(service: Service) -> None:
    built: list[list[int]] = []

    def build(view: int | None, changes: object) -> int:
        built.append([c.revision for c in changes])  # type: ignore[attr-defined]
        return (view or 0) + 1

    copy: ConfigCopy[int] = ConfigCopy(service.database, build)
    for revision in (1, 2):
        async with service.database.transaction() as tx:
            await keep(tx, [change("portal/portal", revision)])
            await copy.view(tx)
        async with service.database.transaction() as tx:
            await copy.view(tx)
    assert built == [[1], [2]]


async def test_an_older_revision_never_replaces_a_newer_one(service: Service) -> None:
    async with service.database.transaction() as tx:
        await keep(tx, [change("pause/all", 5, scope="all", paused=True)])
        await keep(tx, [change("pause/all", 4, scope="all", paused=False)])
        view = await service.config().view(tx)
    assert view["pause/all"].data["paused"] is True


def received(told: ConfigChanged, offset: int) -> Received:
    envelope = Envelope(new_id(), ConfigChanged.TYPE, "/crm-api", told.id, AT, Cause(new_id(), new_id()))
    return Received("crm.config", 0, offset, f"{told.kind}/{told.id}", envelope, told)


async def test_an_older_revision_that_comes_again_behind_a_newer_one_hides_it_in_no_batch(service: Service) -> None:
    told = [change("pause/all", n, scope="all", paused=n == 6) for n in (5, 6, 5)]
    async with service.database.transaction() as tx:
        await store(tx, [received(one, offset) for offset, one in enumerate(told)])
        view = await service.config().view(tx)
    assert view["pause/all"].data["paused"] is True


async def test_what_is_deleted_stays_as_a_record(service: Service) -> None:
    async with service.database.transaction() as tx:
        await keep(tx, [change("pause/all", 1, scope="all")])
        await keep(tx, [change("pause/all", 2, deleted=True)])
        view = await service.config().view(tx)
    assert view["pause/all"].deleted


async def test_a_view_follows_the_transaction_that_it_is_read_in(service: Service) -> None:
    copy = service.config()
    with pytest.raises(ZeroDivisionError):
        await store_and_fail(service, copy)
    async with service.database.transaction() as tx:
        assert await copy.view(tx) == {}


async def store_and_fail(service: Service, copy: "ConfigCopy[dict[str, ConfigChanged]]") -> None:
    async with service.database.transaction() as tx:
        await keep(tx, [change("portal/portal", 9)])
        assert "portal/portal" in await copy.view(tx)
        raise ZeroDivisionError


async def progress(tx: Transaction, partition: int, until: datetime) -> None:
    cause = Cause(new_id(), new_id())
    envelope = Envelope(new_id(), RelayProgress.TYPE, "/crm-api", "", until, cause)
    record = Received("crm.items", partition, 1, "progress", envelope, RelayProgress(published_until=until))
    await note(tx, [record])


@pytest.mark.parametrize(
    ("ages", "opened"),
    [((0, 0), True), ((0,), False), ((0, 61), False), ((40, 40), True)],
    ids=["fresh", "one never heard of", "one too old", "just young enough"],
)
async def test_the_gate_is_open_only_while_all_is_known_until_lately(
    service: Service, ages: tuple[int, ...], *, opened: bool
) -> None:
    gate = StalenessGate(service.deployment.kafka, (topics.ITEMS,), timedelta(seconds=60))
    async with service.database.transaction() as tx:
        for partition, age in enumerate(ages):
            await progress(tx, partition, datetime.now(UTC) - timedelta(seconds=age))
        assert await gate.is_open(tx) is opened


async def test_published_until_only_rises(service: Service) -> None:
    async with service.database.transaction() as tx:
        for age in (1, 100):
            await progress(tx, 0, datetime.now(UTC) - timedelta(seconds=age))
        assert await tx.fetchval("SELECT clock_timestamp() - published_until FROM freshness") < timedelta(seconds=50)


async def test_the_rehearsal_clock_is_moved_by_its_record_and_only_in_a_rehearsal(service: Service) -> None:
    async with service.database.transaction() as tx:
        await keep(tx, [change("clock/clock", 2, offset="P3D")])
        await keep(tx, [change("clock/clock", 1, offset="P1D")])
        assert await tx.fetchval('SELECT "offset" FROM clock') == timedelta(days=3)
        assert abs(await tx.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_about_gives_a_new_id_where_none_is_derived(service: Service) -> None:
    about = About(at=AT, cause=Cause(new_id(), new_id()))
    first, second = (service.outbox.message(topics.SIGNALS, "k", change("a/b", 1), about) for _ in range(2))
    assert first.envelope.id != second.envelope.id
