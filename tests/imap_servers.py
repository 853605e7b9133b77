"""IMAP servers on loopback: Debian's dovecot, and a scripted one that misbehaves in one chosen way."""

from __future__ import annotations

import asyncio
import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.smtp_servers import Certificate, free_port, make_certificate

USER, PASSWORD = "ada@example.org", "invented-mail-password"  # of nobody
SENDER = "googlealerts-noreply@google.com"
PROGRAM = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")

needs_dovecot = pytest.mark.skipif(
    PROGRAM is None, reason="Debian's dovecot-imapd is not installed: make test-deps"
)

_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = user={name} password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server; ``port`` takes STARTTLS and clear text, ``tls`` speaks TLS at once."""

    port: int
    tls: int
    certificate: Certificate

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate.certificate)

    @contextmanager
    def hand(self) -> Iterator[imaplib.IMAP4]:
        """The owner's own mail program."""
        imap = imaplib.IMAP4("127.0.0.1", self.port)
        imap.login(f'"{USER}"', PASSWORD)
        try:
            yield imap
        finally:
            imap.logout()

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.hand() as imap:
            for mail in mails:
                status, said = imap.append(folder, "", "", mail.replace(b"\n", b"\r\n"))
                assert status == "OK", said

    def seen(self) -> list[bytes]:
        """The numbers of the mails that are marked as read."""
        with self.hand() as imap:
            imap.select("INBOX", readonly=True)
            return list(imap.search(None, "SEEN")[1][0].split())


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Debian's server, with a certificate for ``localhost`` and an empty mailbox."""
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="repwatch-dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(folder / "mail", uid, gid)
    certificate = make_certificate(folder, "localhost")
    made = Dovecot(free_port(), free_port(), certificate)
    user, group = _name("passwd", os.geteuid()), _name("group", os.getegid())
    login = user
    if user == "root":  # the package makes two users for its processes
        user, group, login = "dovecot", "dovecot", "dovenull"
    settings = folder / "dovecot.conf"
    settings.write_text(
        _SETTINGS.format(
            folder=folder,
            certificate=certificate.certificate,
            key=certificate.key,
            user=user,
            group=group,
            login=login,
            uid=uid,
            gid=gid,
            name=USER,
            password=PASSWORD,
            port=made.port,
            tls=made.tls,
        )
    )
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _await(made.tls, process, folder / "log")
        yield made
    finally:
        process.terminate()
        process.wait(10)
        assert process.stderr is not None
        process.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)


def _name(file: str, number: int) -> str:
    lines = Path(f"/etc/{file}").read_text().splitlines()
    return next(line.split(":")[0] for line in lines if line.split(":")[2] == str(number))


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text() if log.exists() else "dovecot did not start")


@dataclass
class Scripted:
    """An IMAP server that knows what to say to each command, and nothing else.

    ``answers`` maps a command ("EXAMINE", "UID SEARCH") to the lines in front of its OK, or to the whole
    rest of the connection where the last one is "DROP" or "SILENCE". ``{tag}`` stands for the command's tag.
    """

    answers: Mapping[str, str]
    heard: list[str] = field(default_factory=list)
    port: int = 0
    visits: list[asyncio.Task[None]] = field(default_factory=list)

    def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.answer(reader, writer)
        finally:
            writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answers.get("", "* OK [CAPABILITY IMAP4rev1] here\r\n").encode())
        while line := (await reader.readline()).decode():
            tag, command, *rest = line.split()
            name = f"{command} {rest[0]}" if command == "UID" else command
            self.heard.append(line.removeprefix(tag).strip())
            said = self.answers.get(name, "* CAPABILITY IMAP4rev1\r\n" if name == "CAPABILITY" else "")
            last = said.rpartition("\r\n")[2]
            writer.write(said.removesuffix(last).replace("{tag}", tag).encode())
            if last == "SILENCE":
                await reader.read()
            if last:
                break
            if "{tag}" not in said:
                writer.write(f"{tag} OK done\r\n".encode())
            await writer.drain()


@asynccontextmanager
async def scripted(**answers: str) -> AsyncIterator[Scripted]:
    """A server for these commands, "UID SEARCH" written as UID_SEARCH; the greeting as GREETING."""
    named = {key.replace("GREETING", "").replace("_", " "): value for key, value in answers.items()}
    made = Scripted(named)
    server = await asyncio.start_server(made.greet, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for visit in made.visits:
            visit.cancel()
        await asyncio.gather(*made.visits, return_exceptions=True)
