"""Takes the README's picture: the demo's report in Chromium, once in light and once in dark."""  # noqa: INP001 - a script, in no package

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

DOCS = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WIDTH, HEIGHT = 720, 900  # pixels: the head of the report and its first cards


def main() -> None:
    """Run the demo, then write docs/report-light.png and docs/report-dark.png."""
    with TemporaryDirectory() as folder:
        html = demo_report(Path(folder))
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs rights that a container rarely has; the page is our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            picture(browser, html, scheme)
        browser.close()


def demo_report(folder: Path) -> str:
    """The HTML of the last mail that the demo sends."""
    command = [sys.executable, "-m", "repwatch", "demo", "--folder", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    return max(folder.glob("report-*.html")).read_text("utf-8")


def picture(browser: Browser, html: str, scheme: str) -> None:
    """Write the report as it looks in ``scheme``, light or dark."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.set_content(html)
    page.screenshot(path=DOCS / f"report-{scheme}.png")
    page.close()


if __name__ == "__main__":
    main()
