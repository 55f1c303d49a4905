"""What action-workers needs to know of its deployment; the only place here that reads the environment."""

from chassis.settings import ServiceSettings
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """The settings of action-workers, from variables that begin with `ACTION_WORKERS_` and those that all share.

    `crm_api_url` and `crm_api_token` are how this service reaches crm-api, the provider of tasks, notices and
    documents. Rules that fetch from the web reach public addresses on `web_ports`, and `inside_hosts` (`host` or
    `host:port`) wherever they lead. `libre_office` is the program that prints DOCX as PDF (`soffice`); without it they
    are made as DOCX only.
    """

    model_config = SettingsConfigDict(env_prefix="ACTION_WORKERS_")

    crm_api_url: str = "http://127.0.0.1:8000"
    crm_api_token: SecretStr = SecretStr("")
    web_ports: tuple[int, ...] = (80, 443)
    inside_hosts: tuple[str, ...] = ()
    libre_office: str = ""
