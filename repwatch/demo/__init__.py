"""The invented loopback web and its mail sink."""
