"""What the analysis of a draft finds of rights: rule sets, half of which their owner may not follow."""

from pathlib import Path
from typing import Any

import pytest
from contracts.people import Grant
from crm_api.access.owners import check_owner
from crm_api.access.rights import Rights
from crm_api.rules.pipelines import WrittenPipeline
from ruamel.yaml import YAML

CORPUS: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(
    Path(__file__).parent / "corpus" / "rights.yaml"
)


@pytest.mark.parametrize("case", CORPUS["planted"] + CORPUS["sound"], ids=lambda case: case["name"])
def test_what_an_owner_may_not_do_is_told_at_its_action(case: dict[str, Any]) -> None:
    document = WrittenPipeline.model_validate({"stages": case["stages"]})
    rule_set = document.as_rule_set("deal/retail", 1, "user:roy")
    owner = Rights("user:roy", "roy", grants=tuple(Grant.model_validate(grant) for grant in case["may"]))
    found = list(check_owner(rule_set, owner))
    assert [one.path for one in found] == case.get("at", [])
    assert all(one.severity == "error" and "user:roy, who may not" in one.message and one.fix for one in found)
