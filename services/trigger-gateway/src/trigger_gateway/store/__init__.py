"""All SQL of the gateway, one noun a file; nothing here commits."""
