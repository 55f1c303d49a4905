"""What crm-api needs to know of its deployment; the only place here that reads the environment."""

from chassis.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """The settings of crm-api, from variables that begin with `CRM_API_` and those that all services share."""

    model_config = SettingsConfigDict(env_prefix="CRM_API_")
