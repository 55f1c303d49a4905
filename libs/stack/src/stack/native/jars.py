"""The broker's jars, fetched once per machine from Maven Central."""

import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack.errors import StackError

VERSION = "4.3.0"
# Without the second coordinate the resolver picks older clients, with which the broker does not start.
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-clients:{VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)


def find_jars(cache: Path, say: Callable[[str], None]) -> Path:
    """Give the folder of the jars; it is there complete or not at all, so that a second start asks nobody."""
    folder = cache / f"kafka-{VERSION}"
    if folder.is_dir():
        return folder
    say(f"fetching Apache Kafka {VERSION} from Maven Central (43 MB, once)")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fetched = Path(scratch) / "jars"
        fetched.mkdir()
        for jar in _resolve(Path(scratch) / "repository"):
            os.link(jar, fetched / jar.name)
        try:
            fetched.rename(folder)
        except OSError:  # another start was faster
            shutil.rmtree(fetched)
    return folder


def _resolve(repository: Path) -> list[Path]:
    """Resolve below jgo's `build`, which looks for a Java in order to sort jars into modules; we need none of it."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415  needed once per machine
    from jgo.parse import Endpoint  # noqa: PLC0415

    context = MavenContext(resolver=PythonResolver(), repo_cache=repository, timeout=30)
    asked = [context.create_dependency(coordinate) for coordinate in Endpoint.parse("+".join(COORDINATES)).coordinates]
    try:
        named, further = context.resolver.resolve(asked)
        artifacts = [each.artifact for each in (*named, *further) if each.scope in (None, "compile", "runtime")]
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(lambda artifact: Path(artifact.resolve()), artifacts))
    except (OSError, RuntimeError) as error:
        raise StackError(f"the broker's jars could not be fetched from Maven Central: {error}") from error
