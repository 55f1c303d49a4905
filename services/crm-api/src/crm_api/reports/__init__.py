"""Reports on what automation and people did, and how late."""
