"""What an operator may set from the environment: ports, credentials, the journal."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the simulator, read from variables that begin with SIMULATORS_.

    Port 0 asks the system for a free one. The journal is a file of JSON lines that keeps what was accepted over a kill.
    `twilio_callback_after` is in seconds; without it status callbacks go out only when the control call asks.
    """

    model_config = SettingsConfigDict(env_prefix="SIMULATORS_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    http_port: int = 0
    smtp_port: int = 0
    journal: Path | None = None
    twilio_account_sid: str = "AC00000000000000000000000000000001"
    twilio_auth_token: SecretStr = SecretStr("simulated-twilio-token")
    twilio_callback_after: float | None = None
    meta_access_token: SecretStr = SecretStr("simulated-meta-token")
    google_access_token: SecretStr = SecretStr("simulated-google-token")
    google_refresh_token: SecretStr = SecretStr("simulated-google-refresh-token")
    vk_access_token: SecretStr = SecretStr("simulated-vk-token")
    yandex_access_token: SecretStr = SecretStr("simulated-yandex-token")
    telegram_bot_token: SecretStr = SecretStr("110201543:simulated-bot-token")
    app_secret: SecretStr = SecretStr("whsec_c2ltdWxhdGVkLXNlY3JldC1vZi1hY21lLTAwMDE=")
    smtp_user: str = "shop"
    smtp_password: SecretStr = SecretStr("simulated-smtp-password")
    stripe_api_key: SecretStr = SecretStr("sk_test_simulated")
