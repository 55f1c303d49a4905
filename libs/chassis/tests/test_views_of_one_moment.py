"""A view of the config is of one moment, whoever learns something newer while it is read."""

from typing import Any

import pytest
from chassis.config_copy import ConfigCopy, keep
from contracts.config import ConfigChanged

from .conftest import AT, Service

Copy = ConfigCopy[dict[str, ConfigChanged]]


def change(id_: str, revision: int) -> ConfigChanged:
    return ConfigChanged(kind="pause", id=id_, revision=revision, data={"scope": id_}, changed_at=AT)


async def write(service: Service, *changes: ConfigChanged) -> None:
    async with service.database.transaction() as tx:
        await keep(tx, changes)


async def learn(service: Service, copy: Copy) -> dict[str, int]:
    """Give the revisions of the view, in a transaction of its own."""
    async with service.database.transaction() as tx:
        return revisions(await copy.view(tx))


def revisions(view: dict[str, ConfigChanged]) -> dict[str, int]:
    return {key: one.revision for key, one in view.items()}


async def test_what_another_learns_while_the_rows_are_read_is_not_mixed_in(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = service.config()
    await write(service, change("a", 1))
    await learn(service, copy)
    await write(service, change("a", 2))
    async with service.database.transaction() as early:
        fetch = early.fetch

        async def slowly(query: str, *values: Any) -> Any:
            rows = await fetch(query, *values)
            await write(service, change("a", 3), change("b", 4))
            assert await learn(service, copy) == {"pause/a": 3, "pause/b": 4}
            return rows

        monkeypatch.setattr(early, "fetch", slowly)
        assert revisions(await copy.view(early)) == {"pause/a": 2}
    assert await learn(service, copy) == {"pause/a": 3, "pause/b": 4}
