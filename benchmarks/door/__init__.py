"""How fast the gateway's door is, beside a bare route that checks the same signature and keeps nothing."""
