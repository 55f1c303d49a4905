"""A single Apache Kafka broker in KRaft mode."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from stack.answers import ask_kafka, wait_for
from stack.native.account import Account
from stack.native.jars import find_jars
from stack.native.java import find_java
from stack.native.process import ServerProcess, run_tool
from stack.ports import free_port
from stack.runs import Run
from stack.single_node import SINGLE_NODE

CLUSTER = "5L6g3nShT-eMCtK--X86sw"
FLAGS = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c{1})%n
"""


class Kafka:
    """One broker, its own controller, with a log directory of its own."""

    def __init__(self, run: Run, cache: Path, say: Callable[[str], None]) -> None:
        """Find Java and the jars, choose ports, and write the broker's files below the run."""
        self._place = run.directory / "kafka"
        self._place.mkdir()
        self._port = free_port()
        self._java = [str(find_java()), *FLAGS, f"-Djava.io.tmpdir={self._place}", "-cp", f"{find_jars(cache, say)}/*"]
        self._java.insert(1, f"-Dlog4j2.configurationFile={self._place / 'log4j2.properties'}")
        self._properties = self._place / "server.properties"
        self._server = ServerProcess(
            run, "kafka", [*self._java, "kafka.Kafka", self._properties], self._place, signal.SIGKILL
        )

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self._port}"

    def up(self) -> None:
        """Format the log directory, start, and wait for an answer."""
        self._write_files()
        self._format()
        self._start()

    def restart(self, *, immediate: bool, away: float = 0.0) -> None:
        """Stop, like a crash when immediate, and start again on the same port and data, after so many seconds."""
        self._server.stop(signal.SIGKILL if immediate else signal.SIGTERM)
        time.sleep(away)
        self._start()

    def alive(self) -> bool:
        """Whether it runs."""
        return not self._server.died()

    def down(self) -> None:
        """Stop at once: the data goes with the run."""
        self._server.stop(signal.SIGKILL)

    def _start(self) -> None:
        self._server.spawn()
        wait_for(
            lambda: ask_kafka(self.bootstrap),
            died=self._server.died,
            last_words=self._server.last_words,
            what="Kafka",
        )

    def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER, "-c", str(self._properties)]
        run_tool([*self._java, *tool], self._place, Account())

    def _write_files(self) -> None:
        controller = f"127.0.0.1:{free_port()}"
        properties = SINGLE_NODE | {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.bootstrap.servers": controller,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self._place / "logs"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        self._place.joinpath("log4j2.properties").write_text(LOGGING)
