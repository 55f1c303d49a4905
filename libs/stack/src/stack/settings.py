"""What the environment says about the stack."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The servers, images and engine that a person named, and where this machine keeps what is fetched once."""

    kafka: str | None
    database: str | None
    kafka_image: str
    postgres_image: str
    engine: str
    cache: Path

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; an empty variable is one that is not set."""
        return cls(
            kafka=environment.get("KAFKA_BOOTSTRAP_SERVERS") or None,
            database=environment.get("DATABASE_URL") or None,
            kafka_image=environment.get("KAFKA_IMAGE") or "apache/kafka:4.3.0",
            postgres_image=environment.get("POSTGRES_IMAGE") or "postgres:18",
            engine=environment.get("DOCKER_HOST") or "unix:///var/run/docker.sock",
            cache=_cache(environment) / "local-stack",
        )


def _cache(environment: Mapping[str, str]) -> Path:
    if named := environment.get("XDG_CACHE_HOME"):
        return Path(named)
    home = Path(environment.get("HOME") or "/nonexistent")
    return home / ".cache" if os.access(home, os.W_OK) else Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
