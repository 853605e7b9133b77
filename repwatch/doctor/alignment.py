"""The sender's domain: will a stranger's mail server believe that the mail is from it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repwatch.channels.email import EmailOptions
from repwatch.doctor.probes import is_here
from repwatch.doctor.reserved import is_reserved
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import SourceError
from repwatch.fetch.records import Records
from repwatch.rules.text import clean

_SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1(?:\s|;|$)", re.IGNORECASE)
_LONGEST = 160  # characters of a record that are shown
_SECOND_LEVEL = frozenset({"ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "or", "org"})
_COUNTRY = 2  # letters
_STRICT = frozenset({"quarantine", "reject"})

# Providers of addresses, and whose mail servers may send for them.
FREEMAIL = {
    "gmail.com": ("gmail.com", "google.com"),
    "googlemail.com": ("gmail.com", "google.com", "googlemail.com"),
    "outlook.com": ("outlook.com", "office365.com"),
    "hotmail.com": ("outlook.com", "office365.com"),
    "hotmail.fr": ("outlook.com", "office365.com"),
    "live.com": ("outlook.com", "office365.com"),
    "yahoo.com": ("yahoo.com",),
    "yahoo.fr": ("yahoo.com",),
    "icloud.com": ("me.com", "icloud.com"),
    "me.com": ("me.com", "icloud.com"),
    "aol.com": ("aol.com",),
    "gmx.de": ("gmx.net", "gmx.com"),
    "gmx.net": ("gmx.net",),
    "gmx.com": ("gmx.com",),
    "web.de": ("web.de",),
    "orange.fr": ("orange.fr",),
    "wanadoo.fr": ("orange.fr",),
    "free.fr": ("free.fr",),
    "laposte.net": ("laposte.net",),
    "proton.me": ("protonmail.ch",),
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, through what. ``here``: through this machine's own server, which nobody can see into."""

    channel: str
    domain: str
    host: str
    user: str

    @property
    def here(self) -> bool:
        """Whether the mail is handed to this machine."""
        return is_here(self.host)


@dataclass(frozen=True, slots=True)
class Published:
    """What the domain says of its mail in DNS: its mail servers, its SPF and its DMARC records."""

    servers: Sequence[str]
    addresses: Sequence[str]
    spf: Sequence[str]
    dmarc: Sequence[str]


async def alignment(visit: Visit) -> list[Sign]:
    """Each channel that sends mail."""
    found = [sign for sender in senders(visit) for sign in await examined(sender, visit.records)]
    return found or [skipped("sender", "no channel sends mail")]


def senders(visit: Visit) -> Iterator[Sender]:
    """The e-mail channels."""
    for entry in visit.config.channels.values():
        options = entry.options
        if isinstance(options, EmailOptions):
            domain = options.envelope_sender.rpartition("@")[2].lower()
            yield Sender(entry.id, domain, options.host.lower(), options.user)


async def examined(sender: Sender, records: Records) -> list[Sign]:
    """What can be said of one sender."""
    if is_reserved(sender.domain):
        return [pretended(sender)]
    try:
        published = await ask(sender.domain, records)
    except SourceError as error:
        return [warn("sender", error.cause, f"{error.next_step}; nothing is known of {sender.domain}")]
    return [
        *server(sender, published),
        domain(sender, published),
        spf(sender, published),
        dmarc(sender, published),
        skipped("DKIM", "the mail server signs, so only a mail that arrived shows it", _DKIM),
    ]


_DKIM = "repwatch send-test, then look for 'dkim=pass' among the headers of the mail"


def pretended(sender: Sender) -> Sign:
    """A domain for examples: fine inside a test, never on the internet."""
    seen = f"{sender.domain} is a name for examples"
    if sender.here:
        return skipped("sender", f"{seen}: nothing to look up")
    return bad(
        "sender",
        f"{seen}: mail servers refuse it",
        f"set 'from' of {sender.channel!r} to an address of yours",
    )


async def ask(domain: str, records: Records) -> Published:
    """What the domain publishes; DMARC may stand at the organisation's domain above it."""
    texts = await records.ask(domain, "TXT")
    servers = await records.ask(domain, "MX")
    addresses = () if servers else (*await records.ask(domain, "A"), *await records.ask(domain, "AAAA"))
    dmarc = await records.ask(f"_dmarc.{domain}", "TXT")
    if not dmarc and organisation(domain) != domain:
        dmarc = await records.ask(f"_dmarc.{organisation(domain)}", "TXT")
    return Published(servers, addresses, starting(texts, _SPF), starting(dmarc, _DMARC))


def starting(texts: Sequence[str], tag: re.Pattern[str]) -> list[str]:
    """The records of one kind."""
    return [text for text in texts if tag.match(text)]


def organisation(domain: str) -> str:
    """The domain that somebody registered: its last two labels, or three below a co.uk."""
    labels = domain.split(".")
    deep = len(labels) > _COUNTRY and len(labels[-1]) == _COUNTRY and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if deep else -2 :])


def server(sender: Sender, published: Published) -> Iterator[Sign]:
    """Whether the server that takes the mail may speak for the domain."""
    policy = policy_of(published)
    if sender.here:
        yield skipped("server", f"this machine's own server hands it on for {sender.domain}", _DKIM)
    elif not speaks_for(sender):
        asks = (
            f"and its DMARC asks to {policy} such mail" if policy in _STRICT else "which receivers distrust"
        )
        seen = f"mail from {sender.domain} leaves through {sender.host}, {asks}"
        yield warn("server", seen, _other_server(sender))
    else:
        yield good("server", f"{sender.host} sends for {sender.domain}")
    user = sender.user.rpartition("@")[2].lower()
    if user and "@" in sender.user and organisation(user) != organisation(sender.domain):
        seen = f"the log-in is at {user}, 'from' at {sender.domain}"
        yield warn("server", seen, "set 'from' to the address of the log-in, or allow it there as an alias")


def _other_server(sender: Sender) -> str:
    if sender.domain in FREEMAIL:
        return f"use the mail server of {sender.domain}, or a 'from' at a domain of yours"
    return f"let {sender.host} sign for {sender.domain} (DKIM), or use that domain's own mail server"


def speaks_for(sender: Sender) -> bool:
    """Whether the host is known to send for a provider's domain; other domains choose whom they like."""
    allowed = FREEMAIL.get(sender.domain)
    return allowed is None or organisation(sender.host) in allowed


def domain(sender: Sender, published: Published) -> Sign:
    """Whether the sender's domain can be answered at all."""
    if any(published.servers):
        return good("domain", f"{sender.domain} takes mail")
    advice = "use a 'from' whose domain takes mail: bounces and answers go there"
    if published.servers:
        return warn("domain", f"{sender.domain} says that it takes no mail (null MX)", advice)
    if published.addresses:
        return good("domain", f"{sender.domain} has no MX, its address stands in")
    return bad("domain", f"{sender.domain} has neither MX nor address: many servers refuse it", advice)


def spf(sender: Sender, published: Published) -> Sign:
    """Whether the domain says who may send for it."""
    found = published.spf
    if len(found) > 1:
        return bad("SPF", f"{sender.domain} has {len(found)} SPF records: none counts", "keep one of them")
    if not found:
        advice = (
            f'add a TXT record to {sender.domain}: "v=spf1 include:... -all", as your mail provider writes it'
        )
        return warn("SPF", f"{sender.domain} does not say who may send for it", advice)
    words = found[0].lower().split()
    if {"+all", "all"} & set(words):
        return bad(
            "SPF", f"{sender.domain} lets everyone send for it (+all)", "end the record with -all or ~all"
        )
    if words[1:] == ["-all"]:
        return bad(
            "SPF", f"{sender.domain} says that nobody sends for it", "use another 'from', or mend the record"
        )
    return good("SPF", f"must cover the mail server: {clean(found[0], _LONGEST)}")


def dmarc(sender: Sender, published: Published) -> Sign:
    """Whether the domain says what to do with mail that is not from it."""
    if len(published.dmarc) > 1:
        return bad("DMARC", f"{sender.domain} has several DMARC records: none counts", "keep one of them")
    if not published.dmarc:
        advice = f'add a TXT record to _dmarc.{organisation(sender.domain)}: "v=DMARC1; p=none"'
        return warn("DMARC", f"none for {sender.domain}: large receivers trust it less", advice)
    return good("DMARC", clean(published.dmarc[0], _LONGEST))


def policy_of(published: Published) -> str:
    """The policy of the DMARC record: none, quarantine or reject."""
    tags = (part.partition("=") for text in published.dmarc[:1] for part in text.split(";"))
    values = {name.strip().lower(): value.strip().lower() for name, _, value in tags}
    return values.get("p", "none")
