"""What became of rules: timelines, and what people order."""
