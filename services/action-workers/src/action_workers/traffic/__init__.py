"""How much may go to each account at a provider, now, and whether it answers at all."""
