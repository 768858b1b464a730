"""The files that Windows keeps on a card, as it writes them into data objects (numbers are little-endian).

::

    table of files  01, then for each 28 bytes: directory (9, zeros behind), name (9), 00 00, tag (4), EF (4)
    key map         01, then for each container 12 bytes: state (4), mechanism, 9A exchange or 9C signature,
                    EF of the key (2), FF FF, 00 00
    container map   for each container 86 bytes: name (80, UTF-16, zeros behind), flags 01 valid 02 default, 00,
                    bits of the signature key (2), bits of the exchange key (2)
    cache file      version, freshness of PINs, of containers (2), of files (2)
    certificate     01 00, its length (2), the certificate in zlib's format

Sources: Microsoft, "Windows Smart Card Minidriver Specification" (container map, cache file, names), and "Windows Inbox
Smart Card Minidriver" (table of files); the key map and the certificates are as OpenSC's programs read and write them.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any, Final

from iso7816.errors import InformationError

ROOT: Final = ""
MSCP: Final = "mscp"
CARD_IDENTIFIER: Final = "cardid"
APPLICATIONS: Final = "cardapps"
CACHE: Final = "cardcf"
CONTAINER_MAP: Final = "cmapfile"
VALID: Final = 0x01
DEFAULT: Final = 0x02
EXCHANGE: Final = 0x9A
SIGNATURE: Final = 0x9C
MAX_NAME: Final = 39
"""Characters (of UTF-16) in the name of a container."""

NEW_CACHE: Final = bytes(6)
NEW_APPLICATIONS: Final = MSCP.encode().ljust(8, b"\0")

_VERSION: Final = b"\x01"
_FILE: Final = struct.Struct("<9s9s2xII")
_KEY: Final = struct.Struct("<IBBHH2x")
_CONTAINER: Final = struct.Struct("<80sBxHH")
_CACHE: Final = struct.Struct("<BBHH")
_CERTIFICATE: Final = struct.Struct("<HH")
_COMPRESSED: Final = 1
_MAX_CERTIFICATE: Final = 0xFFFF
_NONE: Final = 0xFFFF
_HIGHEST: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file, or a directory, in the table of files.

    Attributes:
        directory: its name, empty: the root.
        name: of the file, empty: it is the directory itself.
        tag: of the data object with its content; 0 of a directory.
        fid: of the EF that the data object is in.
    """

    directory: str
    name: str
    tag: int
    fid: int


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A container in the key map.

    Attributes:
        mechanism: which kind of key (low half of the mechanism's byte); 0: there is none.
        usage: 9A for exchange and signatures, 9C for signatures, 0: none.
        fid: of the key file, FFFF: none.
    """

    mechanism: int = 0
    usage: int = 0
    fid: int = _NONE


@dataclass(frozen=True, slots=True)
class Container:
    """A container in the container map.

    Attributes:
        name: what it is called, up to 39 characters.
        flags: 01 valid, 02 the default one.
        signature_bits, exchange_bits: of the modulus of its keys, 0: there is none.
    """

    name: str = ""
    flags: int = 0
    signature_bits: int = 0
    exchange_bits: int = 0


def file_table(entries: tuple[FileEntry, ...]) -> bytes:
    """The table of files."""
    rows = (_FILE.pack(each.directory.encode(), each.name.encode(), each.tag, each.fid) for each in entries)
    return _VERSION + b"".join(rows)


def read_file_table(data: bytes) -> tuple[FileEntry, ...]:
    """The files in the table. Raises InformationError."""
    found = tuple(
        FileEntry(_text(directory), _text(name), tag, fid) for directory, name, tag, fid in _rows(_FILE, data)
    )
    if any(each.tag > _HIGHEST or each.fid > _HIGHEST for each in found):
        raise InformationError("identifiers of files and tags of data objects have two bytes")
    return found


def key_map(entries: tuple[KeyEntry, ...]) -> bytes:
    """The key map."""
    rows = (_KEY.pack(each.mechanism != 0, each.mechanism, each.usage, each.fid, _NONE) for each in entries)
    return _VERSION + b"".join(rows)


def read_key_map(data: bytes) -> tuple[KeyEntry, ...]:
    """The containers in the key map. Raises InformationError."""
    return tuple(KeyEntry(mechanism, usage, fid) for _state, mechanism, usage, fid, _ in _rows(_KEY, data))


def container_map(entries: tuple[Container, ...]) -> bytes:
    """The container map. Raises InformationError for a name that is too long."""
    rows = []
    for each in entries:
        name = each.name.encode("utf-16-le", "surrogatepass")
        if len(name) > 2 * MAX_NAME:
            raise InformationError(f"the name of a container has up to {MAX_NAME} characters")
        rows.append(_CONTAINER.pack(name, each.flags, each.signature_bits, each.exchange_bits))
    return b"".join(rows)


def read_container_map(data: bytes) -> tuple[Container, ...]:
    """The containers in the map. Raises InformationError."""
    if len(data) % _CONTAINER.size:
        raise InformationError(f"{len(data)} bytes are no entries of {_CONTAINER.size}")
    return tuple(
        Container(name.decode("utf-16-le", "replace").partition("\0")[0], flags, signature_bits, exchange_bits)
        for name, flags, signature_bits, exchange_bits in _CONTAINER.iter_unpack(data)
    )


def refreshed(cache: bytes) -> bytes:
    """The cache file after containers and files changed: what is in a computer's cache is old then."""
    if len(cache) != _CACHE.size:
        raise InformationError(f"a cache file has {_CACHE.size} bytes")
    version, pins, containers, files = _CACHE.unpack(cache)
    return _CACHE.pack(version, pins, containers + 1 & 0xFFFF, files + 1 & 0xFFFF)


def certificate_file(certificate: bytes) -> bytes:
    """The file of a certificate (DER). Raises InformationError for one of more than 65535 bytes."""
    if len(certificate) > _MAX_CERTIFICATE:
        raise InformationError(f"a certificate of {len(certificate)} bytes is too long")
    return _CERTIFICATE.pack(_COMPRESSED, len(certificate)) + zlib.compress(certificate, 9)


def read_certificate_file(data: bytes) -> bytes:
    """The certificate in its file. Raises InformationError."""
    if len(data) < _CERTIFICATE.size:
        raise InformationError("a certificate's file has at least 4 bytes")
    form, size = _CERTIFICATE.unpack_from(data)
    if form != _COMPRESSED:
        raise InformationError(f"certificates of form {form} are not known")
    try:
        # No more than the length says: little can be made to be much.
        certificate = zlib.decompressobj().decompress(data[_CERTIFICATE.size :], size + 1)
    except zlib.error:
        raise InformationError("the certificate is not in zlib's format") from None
    if len(certificate) != size:
        raise InformationError("the certificate is not as long as its file says")
    return certificate


def _rows(form: struct.Struct, data: bytes) -> tuple[tuple[Any, ...], ...]:
    if data[:1] != _VERSION or (len(data) - 1) % form.size:
        raise InformationError(f"expected {_VERSION.hex()} and entries of {form.size} bytes")
    return tuple(form.iter_unpack(data[1:]))


def _text(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("latin-1")
