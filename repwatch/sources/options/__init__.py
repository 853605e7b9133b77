"""What the YAML file may say about each kind of source, one file a kind.

The classes live apart from the sources because the parser child imports those, and pydantic is dear.
"""
