"""The fixtures that all tests may use, and what each test says in the report of a run."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["chassis.testing.plugin"]

# The machine is shared: how long an example takes, or is drawn, says nothing, and pytest limits the whole test. The
# examples are the same in each run; other ones are tried with `--hypothesis-profile default`.
settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write a test's place and the requirements that it names into the JUnit report, for `make requirements`."""
    for item in items:
        ids = dict.fromkeys(str(named) for mark in item.iter_markers("req") for named in mark.args)
        if ids:
            function = item.nodeid.partition("[")[0]
            item.user_properties += [("test", function), *(("req", named) for named in ids)]
