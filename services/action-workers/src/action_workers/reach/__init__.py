"""Who may still be written to, and how often."""
