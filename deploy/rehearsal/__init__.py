"""A rehearsal on this machine: the furniture shop, and a clock that one moves."""
