"""The parts of settings that every service has; only `settings.py` files read the environment."""

from typing import Annotated

from pydantic import AliasChoices, Field, IPvAnyNetwork, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.secrets import read_key


def shared(name: str) -> AliasChoices:
    """Give the names of a setting that all services share: as a field, and as a variable without a prefix."""
    return AliasChoices(name, name.upper())


class KafkaSettings(BaseSettings):
    """Where the broker is; `topic_prefix` stands before topics, groups and dead letters."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", validation_alias=shared("kafka_bootstrap_servers"))
    kafka_partitions: int = Field(12, ge=1, validation_alias=shared("kafka_partitions"))
    kafka_replication: int = Field(1, ge=1, validation_alias=shared("kafka_replication"))
    topic_prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]*$", validation_alias=shared("topic_prefix"))
    session_timeout: Annotated[float, Field(gt=0)] = Field(10.0, validation_alias=shared("session_timeout"))


class ServiceSettings(KafkaSettings):
    """What any service needs to know of its deployment.

    `secret_key` (32 bytes, base64) seals secrets; `tokens` maps a principal (`user:ann`, `service:action-workers`) to
    its bearer token. `application_role` is the database role as which the service runs, where that is not the owner
    whose URL `migrate` has: it gets what it needs, and cannot change what is append-only. `trusted_proxies` are the
    addresses or networks of proxies that say, by `X-Forwarded-For`, for whom they ask. Pauses are in seconds.
    """

    database_url: SecretStr
    application_role: str = Field("", pattern=r"^([a-z_][a-z0-9_]{0,62})?$")
    database_pool: int = Field(8, ge=2)
    host: str = "127.0.0.1"
    port: int = 0
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    secret_key: SecretStr | None = Field(None, validation_alias=shared("secret_key"))
    tokens: dict[str, SecretStr] = Field(default_factory=dict)
    rehearsal: bool = Field(default=False, validation_alias=shared("rehearsal"))
    log_level: str = Field("INFO", validation_alias=shared("log_level"))
    relay_poll: Annotated[float, Field(gt=0)] = 0.02
    progress_every: Annotated[float, Field(gt=0)] = Field(5.0, validation_alias=shared("progress_every"))
    dead_letter_limit: int = Field(100, ge=1, validation_alias=shared("dead_letter_limit"))

    @field_validator("secret_key")
    @classmethod
    def seals(cls, key: SecretStr | None) -> SecretStr | None:
        """Refuse a key that seals nothing."""
        if key:
            read_key(key.get_secret_value())
        return key
