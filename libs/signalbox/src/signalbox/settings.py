"""What the command needs to know of a deployment; the same variables as the services read."""

from chassis.settings import KafkaSettings, shared
from pydantic import Field, SecretStr

DATABASES = {
    "crm-api": "crm_api_database_url",
    "rule-scheduler": "rule_scheduler_database_url",
    "trigger-gateway": "trigger_gateway_database_url",
    "action-workers": "action_workers_database_url",
}


class Settings(KafkaSettings):
    """The broker as all services name it, and each service's database under that service's own variable."""

    secret_key: SecretStr | None = Field(None, validation_alias=shared("secret_key"))
    crm_api_database_url: SecretStr | None = None
    rule_scheduler_database_url: SecretStr | None = None
    trigger_gateway_database_url: SecretStr | None = None
    action_workers_database_url: SecretStr | None = None

    def database(self, service: str) -> str:
        """Give the address of a service's database; empty where it is not named."""
        url: SecretStr | None = getattr(self, DATABASES[service])
        return url.get_secret_value() if url else ""
