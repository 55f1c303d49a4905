"""Drafts over what really happened: the record in memory, the journal read as a history, and what came of it."""
