"""The conformance kit: what a kind of one's own has to be, as tests that any runner runs.

    from repwatch.testing import Conformance

    class TestTownArchive(Conformance):
        kind = "town_archive.yaml"      # or a SourcePlugin, or the name of an installed kind
        pages = "pages/town_archive"    # recorded pages, each with its .expected.json

The parts are public: ``Conformance`` and, for checks of one's own, ``Kit``.
"""

from repwatch.testing.conformance import Conformance
from repwatch.testing.kit import Kit

__all__ = ["Conformance", "Kit"]
