"""repwatch watches what the web says about a person and mails them a report."""

__version__ = "0.1.0"
