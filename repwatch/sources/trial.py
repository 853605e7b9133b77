"""Makes a request the question of a canary: it is about nobody, and must find something."""

from __future__ import annotations

from dataclasses import replace

from repwatch.model import Request


def trial(request: Request, words: str) -> Request | None:
    """The request as the question for ``words``; None without words, for a canary that is not wanted."""
    if not words:
        return None
    return replace(request, subject=None, context={**request.context, "canary": words})
