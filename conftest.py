"""The fixtures that all tests may use."""

pytest_plugins = ["chassis.testing.plugin"]
