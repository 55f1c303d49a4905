"""How schemathesis reads YAML here: a text of several documents, as all automation of a company is, is a list of them.

Its own reader takes one document only, and its worker dies of a second one, or of a file that only says it is YAML.
"""

from typing import Any

import schemathesis
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from schemathesis import DeserializationContext, Response


@schemathesis.deserializer("text/yaml", "text/x-yaml", "application/x-yaml", "text/vnd.yaml", "application/yaml")
def read(_: DeserializationContext, answer: Response) -> Any:
    """Give the data of an answer."""
    try:
        documents = list(YAML(typ="safe", pure=True).load_all(answer.content.decode()))
    except (UnicodeDecodeError, YAMLError):
        return answer.content.decode(errors="replace")
    return documents[0] if len(documents) == 1 else documents
