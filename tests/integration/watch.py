"""What an operator sees while a test runs: the counters of all processes, and the errors in their logs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.world import World

Counter = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Watch:
    """The counters, and the lengths of the logs, from which it is counted."""

    world: World
    before: dict[Counter, float]
    logs: dict[Path, int]

    @classmethod
    async def begin(cls, world: World) -> Self:
        """Begin to watch."""
        up = world.installation
        logs = [up.processes[name].log for name in up.names]
        return cls(world, await counters(world), {log: log.stat().st_size for log in logs})

    async def counted(self, name: str, **labels: str) -> float:
        """Give by how much a counter has grown, over all its labels that fit these."""
        wanted = set(labels.items())
        now = await counters(self.world)
        return sum(
            value - self.before.get(counter, 0)
            for counter, value in now.items()
            if counter[0] == f"{name}_total" and wanted <= counter[1]
        )

    def errors(self) -> list[str]:
        """Give what the processes logged as errors, a 5xx among them."""
        lines = (line for log, start in self.logs.items() for line in whole_lines(log.read_bytes()[start:]))
        return [line.decode() for line in lines if json.loads(line).get("level") in {"error", "critical"}]


def whole_lines(written: bytes) -> list[bytes]:
    """Give the lines of a log that have been written to their ends."""
    return written.rpartition(b"\n")[0].splitlines()


async def counters(world: World) -> dict[Counter, float]:
    """Read the counters of all processes; each has its own, none is counted by two."""
    up = world.installation
    found: dict[Counter, float] = {}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        for name in up.names:
            told = (await client.get(f"{up.environment.url(name)}/metrics")).text
            for family in text_string_to_metric_families(told):
                for sample in family.samples if family.type == "counter" else ():
                    key = sample.name, frozenset(sample.labels.items())
                    found[key] = found.get(key, 0) + sample.value
    return found
