"""What the command needs to know of a deployment; the same variables as the services read."""

from chassis.settings import KafkaSettings, shared
from pydantic import AliasChoices, Field, SecretStr

DATABASES = {
    "crm-api": "crm_api_database_url",
    "rule-scheduler": "rule_scheduler_database_url",
    "trigger-gateway": "trigger_gateway_database_url",
    "action-workers": "action_workers_database_url",
}


class Settings(KafkaSettings):
    """The broker as all services name it, and each service's database under that service's own variable.

    `crm_api_url` and `crm_api_token` are for what only crm-api may change: `SIGNALBOX_CRM_API_URL` and `_TOKEN`.
    `watch_host` and `watch_port` (`SIGNALBOX_HOST`, `_PORT`) are where `signalbox watch` serves.
    """

    secret_key: SecretStr | None = Field(None, validation_alias=shared("secret_key"))
    crm_api_database_url: SecretStr | None = None
    rule_scheduler_database_url: SecretStr | None = None
    trigger_gateway_database_url: SecretStr | None = None
    action_workers_database_url: SecretStr | None = None
    crm_api_url: str = Field("", validation_alias=AliasChoices("crm_api_url", "SIGNALBOX_CRM_API_URL"))
    crm_api_token: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("crm_api_token", "SIGNALBOX_CRM_API_TOKEN")
    )
    watch_host: str = Field("127.0.0.1", validation_alias=AliasChoices("watch_host", "SIGNALBOX_HOST"))
    watch_port: int = Field(0, validation_alias=AliasChoices("watch_port", "SIGNALBOX_PORT"))
    log_level: str = Field("INFO", validation_alias=shared("log_level"))

    def database(self, service: str) -> str:
        """Give the address of a service's database; empty where it is not named."""
        url: SecretStr | None = getattr(self, DATABASES[service])
        return url.get_secret_value() if url else ""


def crm_api_unnamed(settings: Settings) -> list[str]:
    """Give the variables that would say where crm-api is and who asks it, where they are not set."""
    told = {
        "SIGNALBOX_CRM_API_URL": settings.crm_api_url,
        "SIGNALBOX_CRM_API_TOKEN": settings.crm_api_token.get_secret_value(),
    }
    return [name for name, value in told.items() if not value]
