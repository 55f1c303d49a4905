"""What no single process knows of itself, as metrics: how far groups are behind, and what waits in the databases."""
