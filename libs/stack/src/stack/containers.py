"""The same servers in containers, where an engine answers."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from docker.errors import NotFound
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from stack.addresses import Stack
from stack.answers import ask_kafka, ask_postgres, wait_for
from stack.engine import LABEL
from stack.ports import free_port
from stack.runs import Run
from stack.settings import Settings
from stack.single_node import SINGLE_NODE

FAST = "-c max_connections=300"
# The image's own start formats the data; after a restart that is done, so the broker is started alone.
KAFKA_COMMAND = """\
test -e /var/lib/kafka/data/meta.properties || exec /etc/kafka/docker/run
exec java $KAFKA_HEAP_OPTS -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml \\
  -cp '/opt/kafka/libs/*' kafka.Kafka /opt/kafka/config/server.properties
"""
LOGGING = b"""\
Configuration:
  Appenders:
    Console: {name: out, PatternLayout: {pattern: "%d %p %m (%c{1})%n"}}
  Loggers:
    Root: {level: warn, AppenderRef: {ref: out}}
"""
NOT_DURABLE = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Containers:
    """A PostgreSQL and a broker in containers with fixed ports of 127.0.0.1."""

    def __init__(self, run: Run, settings: Settings, say: Callable[[str], None], *, durable: bool) -> None:
        """Describe both containers; nothing runs yet."""
        # Its clean-up needs an image of its own; the run's record does the same without one.
        testcontainers_config.ryuk_disabled = True
        run.note_containers()
        self._say, self._images = say, (settings.kafka_image, settings.postgres_image)
        self._password = secrets.token_urlsafe(12)
        self._ports = {"kafka": free_port(), "postgres": free_port()}
        postgres = PostgresContainer(settings.postgres_image, username="postgres", password=self._password)
        postgres.with_command(FAST if durable else FAST + NOT_DURABLE).with_bind_ports(5432, self._ports["postgres"])
        kafka = DockerContainer(settings.kafka_image).with_bind_ports(9092, self._ports["kafka"])
        kafka.with_envs(**_kafka_environment(self._bootstrap))
        kafka.with_command(["bash", "-c", KAFKA_COMMAND])
        kafka.with_copy_into_container(LOGGING, "/mnt/shared/config/log4j2.yaml", 0o644)
        self._containers = {"kafka": kafka, "postgres": postgres}
        for container in self._containers.values():
            container.with_kwargs(labels={LABEL: run.id})

    @property
    def _bootstrap(self) -> str:
        return f"127.0.0.1:{self._ports['kafka']}"

    @property
    def _dsn(self) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._ports['postgres']}/postgres"

    def up(self) -> Stack:
        """Start both at the same time and wait for both."""
        self._say(f"starting {' and '.join(self._images)} in containers")
        with ThreadPoolExecutor(2) as threads:
            for started in [threads.submit(self._start, name) for name in self._containers]:
                started.result()
        return Stack(self._bootstrap, self._dsn, "container")

    def restart_kafka(self, *, immediate: bool, away: float = 0.0) -> None:
        """Restart the broker on the same port and data, after so many seconds."""
        self._restart("kafka", "SIGKILL" if immediate else "SIGTERM", away)

    def restart_postgres(self, *, immediate: bool) -> None:
        """Restart the database on the same port and data."""
        self._restart("postgres", "SIGQUIT" if immediate else "SIGINT")

    def alive(self) -> bool:
        """Whether both run."""
        return not any(self._died(name) for name in self._containers)

    def down(self) -> None:
        """Close what talks to the engine; the containers go with the run."""
        for container in self._containers.values():
            container.get_docker_client().client.close()

    def _start(self, name: str) -> None:
        # Not the container's own start: it waits by a program inside, and no longer after a restart.
        DockerContainer.start(self._containers[name])
        self._wait(name)

    def _restart(self, name: str, how: str, away: float = 0.0) -> None:
        container = self._containers[name].get_wrapped_container()
        container.kill(how)
        container.wait(timeout=30)
        time.sleep(away)
        container.start()
        self._wait(name)

    def _wait(self, name: str) -> None:
        ask = (lambda: ask_kafka(self._bootstrap)) if name == "kafka" else (lambda: ask_postgres(self._dsn))
        wait_for(
            ask, died=lambda: self._died(name), last_words=lambda: self._last_words(name), what=f"{name} (container)"
        )

    def _died(self, name: str) -> bool:
        container = self._containers[name].get_wrapped_container()
        try:
            container.reload()
        except NotFound:
            return True
        return str(container.status) in {"exited", "dead", "removing"}

    def _last_words(self, name: str) -> str:
        return bytes(self._containers[name].get_wrapped_container().logs(tail=15)).decode(errors="replace")


def _kafka_environment(bootstrap: str) -> dict[str, str]:
    """Write the properties as the image wants them; it then takes none of its packaged defaults."""
    properties = SINGLE_NODE | {
        "listeners": "PLAINTEXT://:19092,HOST://:9092,CONTROLLER://:29093",
        "advertised.listeners": f"PLAINTEXT://localhost:19092,HOST://{bootstrap}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.quorum.voters": "1@localhost:29093",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT",
        "log.dirs": "/var/lib/kafka/data",
    }
    written = {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in properties.items()}
    return written | {
        "CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw",
        "KAFKA_HEAP_OPTS": "-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
