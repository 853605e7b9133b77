"""Examines an installation from its configuration to its mail, changes nothing, and says what to do.

The doctor needs every part, so it stands above ``app``; each file here is one area of the table in
``examine.py``.
"""
