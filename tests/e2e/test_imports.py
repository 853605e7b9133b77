"""Saved pages and feeds are taken over while the installed program watches."""

from __future__ import annotations

import json

from tests.e2e.conftest import Stage
from tests.e2e.program import run
from tests.e2e.test_run import daemon, happens
from tests.saved import FOLDER, archive

ADDRESS = "https://www.google.com/search?q=%22Mireille+Exemple%22&hl=fr"


def test_a_saved_page_is_imported_beside_a_running_daemon(stage: Stage) -> None:
    html = (FOLDER / "google.html").read_bytes().replace(b"Ada Exemple", b"Mireille Exemple")
    saved = stage.home / "recherche.mhtml"
    saved.write_bytes(archive(html, ADDRESS))
    with daemon(stage) as running:
        assert happens(lambda: {visit.site for visit in stage.web.requests} >= {"blog", "search"})
        done = run(stage.home, "--config", stage.config, "import", "serp", str(saved))
        assert (done.returncode, done.stderr) == (0, "")
        assert 'Google: "Mireille Exemple" (fr), 2024-11-20' in done.stdout
        assert running.ends() == 0, running.log
    assert "Traceback" not in running.log
    listed = json.loads(run(stage.home, "--config", stage.config, "mentions", "list", "--json").stdout)
    assert any(mention["sources"] == ["serp-google"] for mention in listed)


def test_feeds_are_exported_and_known_when_they_come_back(stage: Stage) -> None:
    out = str(stage.home / "feeds.opml")
    done = run(stage.home, "--config", stage.config, "export", "opml", out)
    assert (done.returncode, "Wrote" in done.stdout) == (0, True)
    back = run(stage.home, "--config", stage.config, "import", "opml", out)
    assert (back.returncode, "There is nothing to add." in back.stdout) == (0, True)
