"""What runs: one verb a file."""
