"""What rules do inside the CRM."""
