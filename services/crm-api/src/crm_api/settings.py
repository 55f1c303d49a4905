"""What crm-api needs to know of its deployment; the only place here that reads the environment."""

from typing import Self

from chassis.settings import ServiceSettings
from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """The settings of crm-api, from variables that begin with `CRM_API_` and those that all services share.

    `ready_made` gives a new installation its types and pipelines.
    `oidc_issuer` is the identity provider whose tokens are taken, `oidc_audience` whom they must be made for,
    `oidc_jwks_url` where its keys are, if it does not tell; `oidc_subjects` maps its subjects to people's ids.
    """

    model_config = SettingsConfigDict(env_prefix="CRM_API_")

    ready_made: bool = True
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
    oidc_subjects: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def for_us(self) -> Self:
        """Refuse a provider whose tokens might be made for anyone."""
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("with CRM_API_OIDC_ISSUER, set CRM_API_OIDC_AUDIENCE too")
        return self
