"""Documents: their templates checked, ordered by people, numbered and made."""
