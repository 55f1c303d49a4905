"""Visits of people who are known and agreed to be: the script of a site, and what is made of what it tells."""
