"""The commands: thin, lazily imported, the only place that prints."""
