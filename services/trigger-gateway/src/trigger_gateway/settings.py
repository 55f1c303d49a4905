"""What the gateway needs to know of its deployment; the only file here that reads the environment."""

from chassis.settings import ServiceSettings, shared
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """The settings of all roles; `crm_api_token` is this service's own token at crm-api.

    `body_limit` is in bytes, `body_seconds` is how long a body may take to come. What is counted at the door is written
    each `tally_every` seconds. Deliveries are kept for `keep_days`, which is longer than any sender tries again.
    From one address so many forms and visits are taken in a minute, in each process: `knocks_per_minute`.
    """

    model_config = SettingsConfigDict(env_prefix="TRIGGER_GATEWAY_")

    secret_key: SecretStr = Field(validation_alias=shared("secret_key"))
    crm_api_url: str = "http://127.0.0.1:8000"
    crm_api_token: SecretStr
    body_limit: int = Field(1_048_576, ge=1024)
    body_seconds: float = Field(15, gt=0)
    tally_every: float = Field(5, gt=0)
    keep_days: int = Field(90, ge=7)
    knocks_per_minute: int = Field(120, ge=1)
