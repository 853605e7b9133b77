"""Where to: the ways a message leaves."""
