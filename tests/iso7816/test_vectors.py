"""Published bytes through every codec: each vector names its source, and every codec has vectors."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, Flag
from pathlib import Path
from typing import Any

import pytest

import iso7816
from iso7816 import ber_tlv, compact_tlv, errors, simple_tlv
from iso7816.access_rules import AuthenticationTemplate, CompactRules, SecurityCondition, SecurityEnvironment
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.atr import ATR
from iso7816.ats import ATS
from iso7816.biometric_templates import BiometricInformation
from iso7816.card_capabilities import CardCapabilities, CardServiceData, CommandCapabilities
from iso7816.class_byte import ClassByte
from iso7816.control_reference import ControlReferenceTemplate
from iso7816.cv_certificate import CVCertificate
from iso7816.data_coding import DataCoding
from iso7816.expanded_rules import ExpandedCondition, ExpandedRules
from iso7816.file_control import FCI_TEMPLATE, FMD_TEMPLATE, FileControlParameters
from iso7816.file_descriptor import FileDescriptor
from iso7816.file_path import FilePath
from iso7816.finger_minutiae import FingerTemplate
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator
from iso7816.interface_bytes import SpecificMode
from iso7816.key_import import KeyImport
from iso7816.offset_objects import OffsetObjects
from iso7816.secure_messaging.data_objects import ProtectedField

VECTORS = Path(__file__).parent / "vectors"


@dataclass(frozen=True)
class Codec:
    """How one kind of value is read and built."""

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


@dataclass(frozen=True)
class Vector:
    """One vector; the keys of its table, and no others."""

    codec: str
    id: str
    source: str
    hex: str
    expect: Any = None
    error: str = ""
    message: str = ""
    rebuilds: str = ""

    @property
    def raw(self) -> bytes:
        return bytes.fromhex(self.hex)


def one_byte(parse: Callable[[int], Any]) -> Callable[[bytes], Any]:
    def decode(data: bytes) -> Any:
        (byte,) = data
        return parse(byte)

    return decode


def build_template(value: FileControlParameters) -> bytes:
    """FCP with its template; the vectors say below which of them are an FCI or an FMD."""
    return value.fcp_template()


def authentication_template(data: bytes) -> AuthenticationTemplate:
    tlv, rest = ber_tlv.decode_one(data)
    assert rest == b""
    return AuthenticationTemplate.from_tlv(tlv)


def control_reference_template(data: bytes) -> ControlReferenceTemplate:
    tlv, rest = ber_tlv.decode_one(data)
    assert rest == b""
    return ControlReferenceTemplate.from_tlv(tlv)


def expanded_condition(data: bytes) -> ExpandedCondition:
    tlv, rest = ber_tlv.decode_one(data)
    assert rest == b""
    return ExpandedCondition.from_tlv(tlv)


def biometric_information(data: bytes) -> BiometricInformation:
    tlv, rest = ber_tlv.decode_one(data)
    assert rest == b""
    return BiometricInformation.parse(tlv)


CODECS = {
    "CVCertificate": Codec(CVCertificate.parse, CVCertificate.to_bytes),
    "ExpandedCondition": Codec(expanded_condition, lambda value: value.to_tlv().to_bytes()),
    "ExpandedRules": Codec(ExpandedRules.parse, ExpandedRules.to_bytes),
    "KeyImport": Codec(KeyImport.parse, KeyImport.to_bytes),
    "ATR": Codec(ATR.parse, ATR.to_bytes),
    "ATS": Codec(ATS.parse, ATS.to_bytes),
    "AuthenticationTemplate": Codec(authentication_template, lambda value: value.to_tlv().to_bytes()),
    "BER-TLV": Codec(ber_tlv.decode_all, ber_tlv.encode_all),
    "COMPACT-TLV": Codec(compact_tlv.decode_all, compact_tlv.encode_all),
    "BiometricInformation": Codec(biometric_information, lambda value: value.to_tlv().to_bytes()),
    "CardCapabilities": Codec(CardCapabilities.parse, CardCapabilities.to_bytes),
    "CardServiceData": Codec(CardServiceData.parse, CardServiceData.to_bytes),
    "ClassByte": Codec(one_byte(ClassByte.parse), lambda value: bytes((value.to_byte(),))),
    "CommandAPDU": Codec(CommandAPDU.parse, CommandAPDU.to_bytes),
    "CommandCapabilities": Codec(one_byte(CommandCapabilities.parse), lambda value: bytes((value.to_byte(),))),
    "CompactRules": Codec(CompactRules.parse, CompactRules.to_bytes),
    "ControlReferenceTemplate": Codec(control_reference_template, lambda value: value.to_tlv().to_bytes()),
    "DataCoding": Codec(one_byte(DataCoding.parse), lambda value: bytes((value.to_byte(),))),
    "FileControlParameters": Codec(FileControlParameters.parse_template, build_template),
    "FileDescriptor": Codec(FileDescriptor.parse, FileDescriptor.to_bytes),
    "FilePath": Codec(FilePath.from_bytes, FilePath.to_bytes),
    "FingerTemplate": Codec(lambda data: FingerTemplate.parse(data, 1, 60), FingerTemplate.to_bytes),
    "HistoricalBytes": Codec(HistoricalBytes.parse, HistoricalBytes.to_bytes),
    "OffsetObjects": Codec(OffsetObjects.parse, OffsetObjects.to_bytes),
    "ProtectedField": Codec(ProtectedField.parse, ProtectedField.to_bytes),
    "ResponseAPDU": Codec(ResponseAPDU.parse, ResponseAPDU.to_bytes),
    "SIMPLE-TLV": Codec(simple_tlv.decode_all, simple_tlv.encode_all),
    "SecurityCondition": Codec(one_byte(SecurityCondition), lambda value: bytes((value.byte,))),
    "SecurityEnvironment": Codec(SecurityEnvironment.parse, SecurityEnvironment.to_bytes),
    "SpecificMode": Codec(one_byte(SpecificMode.parse), lambda value: bytes((value.to_byte(),))),
    "StatusIndicator": Codec(StatusIndicator.parse, StatusIndicator.to_bytes),
}

# Classes and modules that read bytes or text, and have no vectors of their own, each with the reason.
WITHOUT_VECTORS = {
    "iso7816.cryptographic_information.CertificateObject": "none are published; OpenSC reads them, and reads ours",
    "iso7816.cryptographic_information.KeyObject": "none are published; OpenSC reads them, and reads ours",
    "iso7816.cryptographic_information.OpaqueDataObject": "none are published; OpenSC writes them",
    "iso7816.piv.card_certificate.CardCertificate": "none are published; tests/iso7816/piv",
    "iso7816.describe.names.Names": "reads our own data files, not bytes of a card; test_names.py",
}


def vectors_in(path: Path) -> Iterable[Vector]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(table) == {"codec", "vector"}, f"{path.name}: codec and vector are the keys"
    for row in table["vector"]:
        yield Vector(codec=table["codec"], **row)


ALL = [vector for path in sorted(VECTORS.glob("*.toml")) for vector in vectors_in(path)]
GOOD = [vector for vector in ALL if not vector.error]
BAD = [vector for vector in ALL if vector.error]


def name(vector: Vector) -> str:
    return f"{vector.codec}-{vector.id}"


def matches(actual: Any, expected: Any) -> bool:
    """Whether a value is what a data file says of it."""
    if isinstance(expected, Mapping):
        return all(matches(getattr(actual, key), value) for key, value in expected.items())
    if isinstance(actual, Flag):
        return {member.name for member in actual} == set(expected)
    if isinstance(expected, list):
        return len(actual) == len(expected) and all(map(matches, actual, expected))
    if expected == "absent":
        return actual is None
    if isinstance(actual, bytes):
        return actual == bytes.fromhex(expected)
    if isinstance(actual, Enum) and isinstance(expected, str):
        return actual.name == expected
    return type(expected) in (int, bool, str) and bool(actual == expected)


@pytest.mark.parametrize("vector", GOOD, ids=name)
def test_a_published_value_means_what_its_source_says(vector: Vector) -> None:
    value = CODECS[vector.codec].decode(vector.raw)
    if isinstance(vector.expect, Mapping):
        for attribute, expected in vector.expect.items():
            actual = getattr(value, attribute)
            assert matches(actual, expected), f"{attribute} is {actual!r}, the source says {expected!r}"
    else:
        assert matches(value, vector.expect), f"{value!r}, the source says {vector.expect!r}"


@pytest.mark.parametrize("vector", GOOD, ids=name)
def test_a_published_value_is_built_again(vector: Vector) -> None:
    codec = CODECS[vector.codec]
    value = codec.decode(vector.raw)
    expected = bytes.fromhex(vector.rebuilds) if vector.rebuilds else vector.raw
    built = codec.encode(value)
    if vector.codec == "FileControlParameters":
        builders = {FCI_TEMPLATE: value.fci_template, FMD_TEMPLATE: value.fmd_template}
        built = builders.get(vector.raw[0], value.fcp_template)()
    assert built.hex() == expected.hex()
    assert codec.decode(built) == value


@pytest.mark.parametrize("vector", BAD, ids=name)
def test_bytes_that_the_standard_does_not_allow_are_refused(vector: Vector) -> None:
    error = getattr(errors, vector.error)
    with pytest.raises(error) as caught:
        CODECS[vector.codec].decode(vector.raw)
    assert type(caught.value) is error
    assert vector.message
    assert vector.message in str(caught.value)


def test_every_vector_names_its_source_and_has_an_id_of_its_own() -> None:
    assert [vector for vector in ALL if not vector.source] == []
    assert len({name(vector) for vector in ALL}) == len(ALL)


def test_every_good_vector_expects_something() -> None:
    assert [name(vector) for vector in GOOD if vector.expect in (None, {})] == []


def codecs_in_the_package() -> set[str]:
    """Every class with a classmethod that parses, and every module that decodes data objects."""
    found = set()
    for info in pkgutil.walk_packages(iso7816.__path__, "iso7816."):
        module = importlib.import_module(info.name)
        if getattr(module, "decode_all", None) is not None and module.decode_all.__module__ == info.name:
            found.add(info.name)
        for class_name, member in inspect.getmembers(module, inspect.isclass):
            if member.__module__ == info.name and any(
                isinstance(inspect.getattr_static(member, method, None), classmethod)
                for method in ("parse", "parse_template", "from_bytes", "from_tlv")
            ):
                found.add(f"{info.name}.{class_name}")
    return found


def test_no_codec_is_without_vectors() -> None:
    tested = {vector.codec for vector in ALL}
    classes = {f"{kind.__module__}.{kind.__name__}" for kind in map(type, map(decoded, GOOD))}
    modules = {
        module
        for codec, module in (
            ("BER-TLV", "iso7816.ber_tlv"),
            ("COMPACT-TLV", "iso7816.compact_tlv"),
            ("SIMPLE-TLV", "iso7816.simple_tlv"),
        )
        if codec in tested
    }
    assert codecs_in_the_package() - classes - modules - set(WITHOUT_VECTORS) == set()
    assert set(WITHOUT_VECTORS) <= codecs_in_the_package()


def decoded(vector: Vector) -> Any:
    return CODECS[vector.codec].decode(vector.raw)
