"""What each process of a local installation is told by its environment."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from stack import Stack
from stack.ports import free_port

DATABASES = {"crm-api": "crm", "rule-scheduler": "scheduler", "trigger-gateway": "gateway", "action-workers": "actions"}
SERVICES = tuple(DATABASES)
PASSED_ON = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "PYTHONPATH")


@dataclass
class Environment:
    """The settings of one installation; `more` is added for every process, over what is said here."""

    stack: Stack
    prefix: str = ""
    partitions: int = 12
    more: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    tokens: dict[str, str] = field(
        default_factory=lambda: {
            who: secrets.token_urlsafe(16)
            for who in ("user:manager", "service:action-workers", "service:trigger-gateway", "service:rule-scheduler")
        }
    )
    ports: dict[str, int] = field(default_factory=dict)

    def port(self, process: str) -> int:
        """Give the port of a process, the same at each start."""
        if process not in self.ports:
            self.ports[process] = free_port()
        return self.ports[process]

    def url(self, process: str) -> str:
        """Give the address of a process."""
        return f"http://127.0.0.1:{self.port(process)}"

    def database(self, service: str) -> str:
        """Give the name of a service's database."""
        return self.prefix.replace(".", "_") + DATABASES[service]

    def of(self, service: str, process: str, crm: str) -> dict[str, str]:
        """Give the environment of a process; `crm` is the address of the process that serves crm-api."""
        own = service.replace("-", "_").upper()
        told = {
            f"{own}_DATABASE_URL": self.stack.database(self.database(service)),
            f"{own}_PORT": str(self.port(process)),
            "KAFKA_BOOTSTRAP_SERVERS": self.stack.kafka,
            "KAFKA_PARTITIONS": str(self.partitions),
            "TOPIC_PREFIX": self.prefix,
            "SECRET_KEY": self.key,
        }
        if service == "crm-api":
            told["CRM_API_TOKENS"] = json.dumps(self.tokens)
        else:
            told[f"{own}_CRM_API_URL"] = crm
            told[f"{own}_CRM_API_TOKEN"] = self.tokens[f"service:{service}"]
        if service == "action-workers":
            # The simulator stands for the world outside.
            told[f"{own}_INSIDE_HOSTS"] = json.dumps([f"127.0.0.1:{self.port('simulators')}"])
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | told | dict(self.more)
