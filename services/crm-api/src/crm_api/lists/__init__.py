"""Which items a list shows, in which order, and from where on."""
