"""YAML to a frozen Config; each error names file, line, key and what was expected."""
