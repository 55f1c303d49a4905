"""How often a group says what it has handled: now and then in life, at once in a rehearsal, which waits for it."""

import pytest
from chassis.consumer import COMMIT_EVERY, COMMIT_EVERY_IN_REHEARSAL
from chassis.handling import Reader
from chassis.ids import new_id
from chassis.kafka import administering
from chassis.process import opened
from chassis.received import Reads
from chassis.settings import ServiceSettings
from chassis.testing import Deployment, eventually, running_tasks
from contracts import topics
from contracts.items import ItemChanged

from .conftest import GROUP, VERSIONS, Service


async def committed(service: Service) -> int:
    kafka = service.deployment.kafka
    async with administering(kafka) as admin:
        return sum(told.offset for told in (await admin.list_consumer_group_offsets(kafka.named(GROUP))).values())


async def test_it_commits_as_often_as_it_is_told_while_nothing_more_comes(service: Service) -> None:
    seldom, often = service.consumer(), service.consumer()
    seldom.commit_every, often.commit_every = 3600.0, 0.05

    async def comes(number: int) -> None:
        await service.deployment.send(service.changed(new_id(), number))

        async def handled() -> bool:
            return len(await service.handled()) == number

        await eventually(handled)

    async def all_committed() -> bool:
        return await committed(service) == 4

    async with running_tasks(seldom.run):
        await comes(1)  # the first turn commits
        await comes(2)
        assert await committed(service) < 2
    async with running_tasks(often.run):
        await comes(3)
        await comes(4)
        await eventually(all_committed)


@pytest.mark.parametrize(("rehearsal", "every"), [(False, COMMIT_EVERY), (True, COMMIT_EVERY_IN_REHEARSAL)])
async def test_only_a_rehearsal_commits_often(deployment: Deployment, *, rehearsal: bool, every: float) -> None:
    deployment.rehearsal = rehearsal
    settings = await deployment.settings(ServiceSettings, VERSIONS)
    async with opened("rule-scheduler", settings, lambda _, changes: changes) as process:

        async def handle(*_: object) -> None:
            """Do nothing."""

        reader = Reader(GROUP, (topics.ITEMS,), Reads.of((ItemChanged,)), handle)
        assert process.read(reader).commit_every == every
