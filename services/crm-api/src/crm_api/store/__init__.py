"""All SQL of crm-api, one noun a file; nothing here commits."""
