"""Cryptographic information objects (ISO/IEC 7816-15)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.ber_tlv import TLV, decode_one
from iso7816.cryptographic_information import (
    CertificateObject,
    InformationKind,
    KeyAccess,
    KeyObject,
    KeyUsage,
    OpaqueDataObject,
    PINObject,
    directory,
    directory_entry,
    objects,
    token_information,
)
from iso7816.errors import InformationError, Iso7816Error

# As OpenSC's pkcs15-init 0.23 wrote them on a card.
AODF = "302F300E0C08557365722050494E030206C030030401FFA11830160302028C0A0101020104020110020110800101040100" + "00" * 9
ODF = "A80A300804063F0050154401A00A300804063F0050154402A10A300804063F0050154403A40A300804063F0050154404" + "00" * 20
PUKDF = "3032300F0C09727361696D706F727403020640300D0401480302008B010100020100A110300E300804063F005015330002020800"
PRKDF = (
    "3041300D0C0463657274030206C00401FF300E0401480302027403020780020100A010300E300C310A300806035504030C0178"
    "A10E300C300604043F00501502020800"
)
SAFE = st.text(max_size=20).filter(lambda text: text.isprintable())
KEYS = st.builds(
    KeyObject,
    SAFE,
    st.binary(min_size=1, max_size=20),
    st.integers(0, 0x3FF).map(KeyUsage),
    st.binary(max_size=12),
    st.booleans(),
    st.integers(0, 4096),
    st.integers(0, 255),
    st.binary(min_size=1, max_size=4),
    st.integers(0, 31).map(KeyAccess),
)


def test_a_pin_is_written_as_pkcs15_init_does() -> None:
    pin = PINObject("User PIN", b"\xff", 1, (4, 16), 0)
    assert pin.to_bytes() == bytes.fromhex(AODF)[: len(pin.to_bytes())]


def test_what_pkcs15_init_wrote_is_read() -> None:
    base = bytes.fromhex("3F005015")
    assert directory(bytes.fromhex(ODF)) == {
        InformationKind.AUTHENTICATION: base + b"\x44\x01",
        InformationKind.PRIVATE_KEYS: base + b"\x44\x02",
        InformationKind.PUBLIC_KEYS: base + b"\x44\x03",
        InformationKind.CERTIFICATES: base + b"\x44\x04",
    }
    (public,) = objects(bytes.fromhex(PUKDF))
    key = KeyObject.parse(public)
    assert (key.label, key.identifier, key.path) == ("rsaimport", b"H", base + b"\x33\x00")
    assert (key.is_curve, key.bits, key.pin, key.usage & KeyUsage.VERIFY) == (False, 2048, b"", KeyUsage.VERIFY)
    (private,) = objects(bytes.fromhex(PRKDF))
    key = KeyObject.parse(private)
    assert (key.label, key.reference, key.pin, key.bits) == ("cert", 0, b"\xff", 2048)
    assert key.usage & KeyUsage.SIGN
    assert key.access is KeyAccess.SENSITIVE


def test_a_directory_is_what_its_entries_are() -> None:
    entries = [directory_entry(kind, bytes((kind,))) for kind in InformationKind]
    assert directory(b"".join(entries) + bytes(9)) == {kind: bytes((kind,)) for kind in InformationKind}
    # What is known here, and the first of it.
    twice = directory_entry(InformationKind.CERTIFICATES, b"first") + directory_entry(
        InformationKind.CERTIFICATES, b"x"
    )
    assert directory(bytes.fromhex("A30630040402AAAA") + twice) == {InformationKind.CERTIFICATES: b"first"}


@given(KEYS)
def test_a_private_key_reads_back(key: KeyObject) -> None:
    tlv, rest = decode_one(key.to_bytes())
    assert (KeyObject.parse(tlv), rest) == (key, b"")


@given(label=SAFE, identifier=st.binary(min_size=1, max_size=20), path=st.binary(max_size=12))
def test_a_certificate_reads_back(label: str, identifier: bytes, path: bytes) -> None:
    certificate = CertificateObject(label, identifier, path)
    tlv, rest = decode_one(certificate.to_bytes())
    assert (CertificateObject.parse(tlv), rest) == (certificate, b"")


@pytest.mark.parametrize(
    ("content", "label", "application"),
    [
        ("3025300D0C046E6F7465030206C00401FF30080C066D656D6F7279A10A300804063F0050153500", "note", "memory"),
        ("301A300A0C046E6F7465030206C03000A10A300804063F0050153500", "note", ""),
    ],
)
def test_a_data_object_with_its_application_and_without(content: str, label: str, application: str) -> None:
    tlv, rest = decode_one(bytes.fromhex(content))
    assert rest == b""
    assert OpaqueDataObject.parse(tlv) == OpaqueDataObject(label, application, bytes.fromhex("3F0050153500"))


def test_what_fills_a_file_up_ends_it() -> None:
    content = token_information("name", b"\1")
    for padding in (b"", b"\0" * 5, b"\xff" * 5):
        assert [tlv.to_bytes() for tlv in objects(content + padding)] == [content]


@pytest.mark.parametrize("tlv", [TLV(0xA3, b""), TLV(0x30, b""), TLV(0x30, bytes.fromhex("30003000A100"))])
def test_no_object(tlv: TLV) -> None:
    for kind in (KeyObject, CertificateObject, OpaqueDataObject):
        with pytest.raises(InformationError):
            kind.parse(tlv)


def damaged(place: int, patch: bytes) -> bytes:
    """An object with other bytes in the middle."""
    whole = bytes.fromhex(PRKDF)
    return whole[:place] + patch + whole[place + len(patch) :]


HOSTILE = st.one_of(st.binary(max_size=60), st.builds(damaged, st.integers(0, 60), st.binary(max_size=8)))


@given(HOSTILE)
def test_hostile_bytes_raise_only_our_errors(content: bytes) -> None:
    try:
        for tlv in objects(content):
            for kind in (KeyObject, CertificateObject, OpaqueDataObject):
                try:
                    kind.parse(tlv)
                except Iso7816Error:
                    continue
        directory(content)
    except Iso7816Error:
        return
