"""Own forms: their page, the script that shows it on any site, and what is made of a submission."""
