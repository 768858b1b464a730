"""Whatever bytes come in, reading them raises our errors or gives a value; nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iso7816 import ber_tlv, compact_tlv, simple_tlv
from iso7816.access_rules import AuthenticationTemplate, CompactRules, SecurityEnvironment
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.atr import ATR
from iso7816.ats import ATS
from iso7816.card_capabilities import CardCapabilities, CardServiceData
from iso7816.class_byte import ClassByte
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.cv_certificate import CVCertificate
from iso7816.data_coding import DataCoding
from iso7816.describe import Dialogue, Names, describe_command, describe_response
from iso7816.errors import Iso7816Error, TLVError
from iso7816.expanded_rules import ExpandedRules
from iso7816.file_control import FileControlParameters
from iso7816.file_descriptor import FileDescriptor
from iso7816.file_path import FilePath
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.status_words import describe_status_word, is_success

PUBLISHED = [
    bytes.fromhex(row["hex"])
    for path in sorted((Path(__file__).parent / "vectors").glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["vector"]
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Published bytes with a few bytes changed, left out or put in, or cut short."""
    data = bytearray(draw(st.sampled_from(PUBLISHED)))
    for _ in range(draw(st.integers(0, 3))):
        position = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("change", "leave out", "put in"))):
            case "change" if position < len(data):
                data[position] = draw(st.integers(0, 255))
            case "leave out":
                del data[position : position + 1]
            case _:
                data[position:position] = draw(st.binary(min_size=1, max_size=2))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


hostile = st.binary(max_size=60) | mutated()


def template_of_first(data: bytes) -> AuthenticationTemplate:
    return AuthenticationTemplate.from_tlv(ber_tlv.decode_one(data)[0])


def nested(data: bytes) -> list[Any]:
    return [tlv.children() for tlv in ber_tlv.decode_all(data)]


def certificate(data: bytes) -> CVCertificate:
    """Parse, build again, and ask for the mechanism and the key."""
    value = CVCertificate.parse(data)
    assert CVCertificate.parse(value.to_bytes()) == value
    for ask in (lambda: value.mechanism, lambda: value.may_certify, lambda: value.holder_key(KeyAlgorithm.P_256)):
        with suppress(Iso7816Error):
            ask()
    return value


def key_import(data: bytes) -> KeyImport:
    """Parse, build again, and ask for a key of each algorithm."""
    value = KeyImport.parse(data)
    assert KeyImport.parse(value.to_bytes()) == value
    repr(value)
    for algorithm in KeyAlgorithm:
        with suppress(Iso7816Error):
            value.value(algorithm)
    return value


def first_byte(parse: Callable[[int], Any]) -> Callable[[bytes], Any]:
    return lambda data: parse(data[0]) if data else None


def every_property(
    parse: Callable[[bytes], Any], parse_template: Callable[[bytes], Any] | None = None
) -> Callable[[bytes], Any]:
    """Parse, build again, and ask for everything the value can tell."""

    def read(data: bytes) -> Any:
        value = parse(data)
        again = parse(value.to_bytes()) if parse_template is None else parse_template(value.fci_template())
        assert again == value
        repr(value)
        for name in dir(type(value)):
            if isinstance(getattr(type(value), name), property):
                getattr(value, name)
        return value

    return read


READERS: dict[str, Callable[[bytes], Any]] = {
    "ATR": every_property(ATR.parse),
    "ATS": every_property(ATS.parse),
    "AuthenticationTemplate": template_of_first,
    "BER-TLV": ber_tlv.decode_all,
    "tag list": ber_tlv.decode_tags,
    "BER-TLV nested": nested,
    "COMPACT-TLV": compact_tlv.decode_all,
    "CVCertificate": certificate,
    "CardCapabilities": every_property(CardCapabilities.parse),
    "CardServiceData": every_property(CardServiceData.parse),
    "ClassByte": first_byte(ClassByte.parse),
    "CommandAPDU": every_property(CommandAPDU.parse),
    "CompactRules": every_property(CompactRules.parse),
    "ControlReferenceTemplate": lambda data: ControlReferenceTemplate.from_tlv(ber_tlv.decode_one(data)[0]),
    "ControlReferenceTemplate value": lambda data: ControlReferenceTemplate.parse(TemplateKind.SIGNATURE, data),
    "DataCoding": first_byte(DataCoding.parse),
    "ExpandedRules": every_property(ExpandedRules.parse),
    "FileControlParameters": every_property(FileControlParameters.parse, FileControlParameters.parse_template),
    "FileControlParameters template": FileControlParameters.parse_template,
    "FileDescriptor": every_property(FileDescriptor.parse),
    "FilePath": every_property(FilePath.from_bytes),
    "HistoricalBytes": every_property(HistoricalBytes.parse),
    "KeyImport": key_import,
    "ResponseAPDU": every_property(ResponseAPDU.parse),
    "SIMPLE-TLV": simple_tlv.decode_all,
    "SecurityEnvironment": every_property(SecurityEnvironment.parse),
    "StatusIndicator": every_property(StatusIndicator.parse),
}


@pytest.mark.parametrize("codec", READERS)
@settings(max_examples=100)
@given(data=hostile)
def test_reading_raises_nothing_but_our_errors(codec: str, data: bytes) -> None:
    with suppress(Iso7816Error):
        READERS[codec](data)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda data: data.hex()[:24] or "empty")
def test_published_bytes_cut_short_anywhere_raise_nothing_but_our_errors(published: bytes) -> None:
    for size in range(len(published)):
        for reader in READERS.values():
            with suppress(Iso7816Error):
                reader(published[:size])


@given(st.binary(max_size=300))
def test_a_sequence_is_read_whole_or_refused_whichever_way_it_is_read(data: bytes) -> None:
    """Object by object from the head, or all at once: the same objects, or both refuse."""
    one_by_one = []
    rest = data
    try:
        while rest:
            tlv, rest = ber_tlv.decode_one(rest)
            one_by_one.append(tlv)
    except TLVError:
        with pytest.raises(TLVError):
            ber_tlv.decode_all(data)
    else:
        assert list(ber_tlv.decode_all(data)) == one_by_one


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(hostile, st.none() | hostile),
        min_size=1,
        max_size=5,
    )
)
@example([(b"", b"")])
@example([(bytes.fromhex("00A4040001A0"), bytes.fromhex("6F038401A09000"))])
def test_describing_raises_nothing(exchanges: list[tuple[bytes, bytes | None]]) -> None:
    for names in (None, Names.load("iso7816")):
        dialogue = Dialogue(names)
        for command, response in exchanges:
            assert dialogue.command(command)
            entry = dialogue.entry(command, response)
            assert entry.name
            assert entry.status
            assert str(entry)
            assert all(line.isprintable() for line in (*entry.sent, *entry.received, entry.title, entry.outcome))
            assert describe_command(command, names)
            assert response is None or describe_response(response)


@settings(max_examples=150)
@given(
    ins=st.integers(0, 255),
    cla=st.sampled_from((0x00, 0x0C, 0x10, 0x40, 0x80, 0xA0, 0xFF)),
    p1=st.sampled_from((0, 1, 2, 3, 4, 8, 9, 0x80, 0x81, 0xFF)),
    p2=st.integers(0, 255),
    data=st.binary(max_size=12),
    ne=st.none() | st.sampled_from((1, 256, 65536)),
    response=hostile,
)
def test_describing_any_command_raises_nothing(
    ins: int, cla: int, p1: int, p2: int, data: bytes, ne: int | None, response: bytes
) -> None:
    command = CommandAPDU(cla, ins, p1, p2, data, ne).to_bytes()
    entry = Dialogue(Names.load("iso7816")).entry(command, response)
    assert entry.command.startswith(command[:4].hex(" ").upper())


@given(st.integers(0, 0xFFFF))
def test_every_status_word_has_words(sw: int) -> None:
    assert describe_status_word(sw)[:5] == f"{sw:04X} "
    assert is_success(sw) == (sw == 0x9000 or sw >> 8 == 0x61)
