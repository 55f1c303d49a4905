"""Property tests without a time limit for each example: the machine is shared, and pytest limits the whole test."""

from hypothesis import settings

settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
