"""The only door out to the web."""
