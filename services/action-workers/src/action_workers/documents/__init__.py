"""Documents from templates: filled in and printed, in processes of their own where that may go wrong."""
