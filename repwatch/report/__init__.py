"""Looks of a message: the only place that makes mail HTML."""
