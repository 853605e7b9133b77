"""Decisions: pure functions of values, each giving its reason."""
