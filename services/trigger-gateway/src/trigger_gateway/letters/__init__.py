"""Letters: what their readers do with ours, and those that come in."""
