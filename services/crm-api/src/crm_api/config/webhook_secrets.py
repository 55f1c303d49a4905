"""Secrets with which webhooks are signed: what cannot sign is refused while it is still in clear."""

from chassis.standard_webhooks import NoSecret, check_secret
from contracts.data import JsonObject

from crm_api.fields import FieldError

PROVIDER = "webhook"
SECRET = "secret"  # noqa: S105  the name of one


def check_signing(given: JsonObject) -> None:
    """Refuse a connection for webhooks without a secret, or with one that cannot sign; raises `FieldError`."""
    if given.get("provider") != PROVIDER:
        return
    fix = "make one with: echo whsec_$(openssl rand -base64 32)"
    if SECRET not in given["secrets"]:
        raise FieldError(f"secrets.{SECRET}", "is missing", fix)
    for name, value in given["secrets"].items():
        if isinstance(value, str):
            try:
                check_secret(value)
            except NoSecret as error:
                raise FieldError(f"secrets.{name}", str(error), fix) from None
