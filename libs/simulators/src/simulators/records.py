"""What each provider accepted: in memory, in order, and in a journal that outlives a kill."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from simulators.faults import Provider


class Accepted(BaseModel):
    """Something that a provider took responsibility for."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    provider: Provider
    received_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


AcceptedT = TypeVar("AcceptedT", bound=Accepted)


class Journal:
    """A file of JSON lines that is only appended to; each line is with the system before the sender hears of it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = path.open("ab", buffering=0) if path else None

    def append(self, line: str) -> None:
        """Write one line, where a file was asked for."""
        if self._file:
            self._file.write(line.encode() + b"\n")

    def lines(self) -> Iterator[str]:
        """Read what earlier runs wrote."""
        if self._path:
            yield from self._path.read_text().splitlines()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


class Records(Sequence[AcceptedT], Generic[AcceptedT]):
    """The accepted things of one provider, oldest first; begins with what the journal holds."""

    def __init__(self, provider: Provider, model: type[AcceptedT], journal: Journal) -> None:
        self.provider = provider
        self._journal = journal
        self._grown = asyncio.Event()
        self._all: list[AcceptedT] = []
        for line in journal.lines():
            self._replay(line, model)

    @overload
    def __getitem__(self, index: int) -> AcceptedT: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[AcceptedT]: ...
    @override
    def __getitem__(self, index: int | slice) -> AcceptedT | Sequence[AcceptedT]:
        return self._all[index]

    @override
    def __len__(self) -> int:
        return len(self._all)

    def add(self, accepted: AcceptedT) -> None:
        """Keep one more and wake who waits for it."""
        self._journal.append(accepted.model_dump_json())
        self._all.append(accepted)
        self._grown.set()
        self._grown = asyncio.Event()

    def clear(self) -> None:
        """Forget all; the journal says so and keeps its lines."""
        self._journal.append(json.dumps({"provider": self.provider, "cleared": True}))
        self._all.clear()

    async def wait(self, count: int, timeout: float = 10) -> Sequence[AcceptedT]:  # noqa: ASYNC109 - the limit is the caller's wish
        """Wait until there are `count`; raise TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while len(self._all) < count:
                await self._grown.wait()
        return tuple(self._all)

    def _replay(self, line: str, model: type[AcceptedT]) -> None:
        entry = json.loads(line)
        if entry["provider"] != self.provider:
            return
        if entry.get("cleared"):
            self._all.clear()
        else:
            self._all.append(model.model_validate_json(line))
