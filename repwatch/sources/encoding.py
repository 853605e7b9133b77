"""Turns the bytes of a feed into UTF-8, trusting what they are before what they claim to be."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How "<?" or "<r" look in an encoding that has no mark.
_NAKED = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

# What a label means on the web, where the larger set is what people send under the smaller one's name.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
# UTF-7 hides markup from whoever looks at the bytes; the others are no encodings of documents.
_NEVER = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode"})
_SEVEN_BIT = ("iso2022", "hz")

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_DECLARED = re.compile(rb"""^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']\s*([\w.:-]+)""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def utf8(body: bytes, content_type: str = "") -> bytes:
    """The document in UTF-8, without XML declaration, mark or leading blanks; never raises.

    Order: a byte order mark, being valid (or almost valid) UTF-8, the charset of the HTTP header, the
    XML declaration, windows-1252.
    """
    return _DECLARATION.sub("", _decoded(body, content_type)).lstrip().encode("utf-8", "replace")


def _decoded(body: bytes, content_type: str) -> str:
    for mark, name in (*_BOMS, *_NAKED):
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    claims = _claims(body, content_type)
    if any(name.startswith(_SEVEN_BIT) for name in claims) and body.isascii():
        return _first_valid(body, claims)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        patched = body.decode("utf-8", "replace")
    return patched if _almost_valid(patched) else _first_valid(body, claims)


def _almost_valid(patched: str) -> bool:
    """Whether this is UTF-8 with a few bytes broken, and not another encoding with a few accents."""
    broken = patched.count("\ufffd")
    sound = sum(1 for char in patched if char > "\x7f") - broken
    return broken <= max(1, len(patched) // 1000) and sound > broken


def _first_valid(body: bytes, names: list[str]) -> str:
    for name in names:
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):  # LookupError: a codec that is none for text
            continue
    return body.decode("cp1252", "replace")


def _claims(body: bytes, content_type: str) -> list[str]:
    """The usable encodings that the header and the document name, in this order."""
    header, declared = _CHARSET.search(content_type), _DECLARED.search(body)
    labels = [header[1] if header else "", declared[1].decode("ascii", "replace") if declared else ""]
    return [name for label in labels if (name := _known(label))]


def _known(label: str) -> str:
    try:
        name = codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""
    return "" if name in _NEVER else _MEANT.get(name, name)
