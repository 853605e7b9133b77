"""The installed program with a witness inside: every name it looks up and every address it connects to.

Invented names (``*.example``) lead to loopback; of all others nobody knows anything.
"""

from __future__ import annotations

import sys
from pathlib import Path

_LAUNCHER = """
import os, socket, sys
from dns import asyncresolver, resolver

seen = open(os.environ["SEEN"], "a", buffering=1)
ask = socket.getaddrinfo

def getaddrinfo(host, *more, **options):
    host = host.decode() if isinstance(host, bytes) else host
    print("name", host, file=seen)
    if host.endswith(".example") or host == "localhost":
        return ask("127.0.0.1", *more, **options)
    raise socket.gaierror(socket.EAI_NONAME, "no such name")

def reverse(host=""):
    print("name", host, file=seen)
    return host

def hook(event, details):
    if event == "socket.connect":
        print("address", details[1], file=seen)
    elif event == "socket.sendto":
        print("address", details[1], file=seen)

async def records(self, name, *more, **options):
    print("record", name, file=seen)
    raise resolver.NXDOMAIN

socket.getaddrinfo = getaddrinfo
socket.gethostbyname = socket.gethostbyaddr = socket.getfqdn = reverse
asyncresolver.Resolver.resolve = records
sys.addaudithook(hook)
from repwatch.__main__ import main
main()
"""
LAUNCHER = [sys.executable, "-c", _LAUNCHER]


def noted(path: Path, what: str) -> set[str]:
    """Everything of that kind that was seen."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.partition(" ")[2] for line in lines if line.startswith(f"{what} ")}
