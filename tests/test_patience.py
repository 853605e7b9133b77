"""How long a service wants to be left alone, by the headers of its refusal."""

from __future__ import annotations

import pytest

from repwatch.rules.patience import asked
from tests.recorded import NOW

EPOCH = int(NOW.timestamp())
GONE = {"x-ratelimit-remaining": "0"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Mon, 23 Nov 2026 09:01:00 GMT"}, 60),
        ({**GONE, "x-ratelimit-reset": "2026-11-23T09:05:00.000000Z"}, 300),  # Mastodon
        ({**GONE, "x-ratelimit-reset": f"{EPOCH + 45}"}, 45),  # GitHub
        ({"ratelimit-remaining": "0", "ratelimit-reset": f"{EPOCH + 7}"}, 7),  # Bluesky
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "344"}, 344),  # Reddit
        ({**GONE, "x-ratelimit-reset": "90", "retry-after": "30"}, 30),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": "90"}, None),
        ({"x-ratelimit-reset": "90"}, None),
        ({**GONE, "x-ratelimit-reset": f"{EPOCH - 5}"}, None),
        ({**GONE, "x-ratelimit-reset": "2026-11-23T08:00:00Z"}, None),
        ({**GONE, "x-ratelimit-reset": "soon"}, None),
        ({**GONE, "x-ratelimit-reset": "9" * 12}, None),
    ],
)
def test_a_wait_is_read_from_what_the_service_sends(headers: dict[str, str], seconds: float | None) -> None:
    assert asked(headers, NOW) == seconds
