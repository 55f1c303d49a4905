"""Work that goes on in chunks."""
