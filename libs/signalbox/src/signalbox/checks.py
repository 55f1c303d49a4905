"""What can be wrong with a deployment, looked at from outside; every finding says what to do."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
from chassis.database import UNREACHABLE, Database
from chassis.kafka import Kafka, answers, partitions
from chassis.relay import REAL_TIME
from chassis.secrets import read_key
from pydantic import SecretStr

from signalbox.settings import DATABASES, Settings

LARGEST_DIFFERENCE = timedelta(seconds=1)
ANSWERS_WITHIN = 5.0
ADDRESS = "postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `trouble` says what is wrong and what to do, empty where nothing is."""

    what: str
    trouble: str = ""
    looked: bool = True

    def line(self) -> str:
        """Give the line that a person reads."""
        mark = "·" if not self.looked else "✗" if self.trouble else "✓"
        return f"{mark} {self.what}" + (f": {self.trouble}" if self.trouble else "")

    @property
    def wrong(self) -> bool:
        """Say whether a person must act."""
        return self.looked and bool(self.trouble)


async def examine(settings: Settings, addresses: Iterable[str]) -> list[Finding]:
    """Look at everything at once; the findings come in a fixed order."""
    found = await asyncio.gather(
        look_at_broker(Kafka.of(settings)),
        *(look_at_database(service, settings.database(service)) for service in DATABASES),
        *(look_at_service(address) for address in addresses),
    )
    return [*(finding for each in found for finding in each), look_at_key(settings.secret_key)]


async def look_at_broker(kafka: Kafka) -> list[Finding]:
    """See whether the broker answers and has our topics."""
    what = f"broker at {kafka.bootstrap_servers}"
    if not await answers(kafka, within=ANSWERS_WITHIN):
        return [
            Finding(what, "does not answer; is it running, and is KAFKA_BOOTSTRAP_SERVERS right?"),
            Finding("topics", "not known while the broker is away", looked=False),
        ]
    return [Finding(what), look_at_topics(kafka, await partitions(kafka))]


def look_at_topics(kafka: Kafka, present: Mapping[str, int]) -> Finding:
    """Compare the topics that the cluster has with the table of topics."""
    wanted = kafka.topics()
    what = f"{len(wanted)} topics"
    if missing := [t.name for t in wanted if t.name not in present]:
        return Finding(what, f"{len(missing)} are missing ({missing[0]}, …); make them with: signalbox topics")
    other = next((t for t in wanted if present[t.name] != t.num_partitions), None)
    if other is not None:
        told = f"{other.name} has {present[other.name]} partitions instead of {other.num_partitions}"
        return Finding(what, f"{told}; set KAFKA_PARTITIONS to what the topics were made with")
    return Finding(what)


async def look_at_database(service: str, url: str) -> list[Finding]:
    """See whether a service's database answers, and whether its clock is ours."""
    what, variable = f"database of {service}", DATABASES[service].upper()
    if not url:
        return [Finding(what, f"not looked at; name it in {variable}", looked=False)]
    try:
        async with asyncio.timeout(ANSWERS_WITHIN), Database(url, size=1) as database, database.transaction() as tx:
            before = datetime.now(UTC)
            told = await tx.fetchval(REAL_TIME)
            after = datetime.now(UTC)
    except ValueError:  # what it says may repeat a part of the password
        return [Finding(what, f"its address cannot be read; write {variable} like {ADDRESS}")]
    except (*UNREACHABLE, asyncpg.PostgresError) as error:
        return [Finding(what, f"does not answer ({said(error)}); is it running, and is {variable} right?")]
    return [Finding(what), compare_clocks(service, apart(before, told, after))]


def apart(before: datetime, told: datetime, after: datetime) -> timedelta:
    """Give how far a clock is from ours at least, having told the time between `before` and `after`."""
    return max(before - told, told - after, timedelta())


def compare_clocks(service: str, difference: timedelta) -> Finding:
    """Judge the difference between a database's clock and this machine's."""
    what = f"clock of {service}'s database"
    if difference < LARGEST_DIFFERENCE:
        return Finding(what)
    seconds = difference.total_seconds()
    return Finding(what, f"is {seconds:.1f} s from this machine's; let both follow one time server (chrony, NTP)")


async def look_at_service(address: str) -> list[Finding]:
    """See whether a process is ready to do its work."""
    what = f"service at {address}"
    try:
        # A proxy's answer would not be the service's.
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN, trust_env=False) as client:
            answer = await client.get(f"{address.rstrip('/')}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [Finding(what, f"does not answer ({said(error)}); is it running, and is the address right?")]
    if answer.is_success:
        return [Finding(what)]
    return [Finding(what, f"is not ready ({answer.status_code} {answer.text[:200]}); its log says more")]


def said(error: Exception) -> str:
    """Give what an error says; its name where it says nothing."""
    return str(error) or type(error).__name__


def look_at_key(key: SecretStr | None) -> Finding:
    """See whether the deployment's key can be read."""
    what = "secret key"
    if key is None:
        return Finding(what, "SECRET_KEY is not set; make one with: openssl rand -base64 32")
    try:
        read_key(key.get_secret_value())
    except ValueError as error:
        return Finding(what, str(error))
    return Finding(what)
