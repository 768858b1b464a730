"""Finger minutiae and the data objects around them (ISO/IEC 19794-2, 19785-3 and 7816-11)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.ber_tlv import TLV, decode_one
from iso7816.biometric_templates import (
    BiometricInformation,
    Finger,
    biometric_data,
    fingers_in,
    group_template,
    minutiae_in,
)
from iso7816.errors import MinutiaeError
from iso7816.finger_minutiae import FingerTemplate, Minutia, MinutiaType

byte = st.integers(0, 0xFF)
minutia = st.builds(Minutia, byte, byte, st.integers(0, 63), st.sampled_from(MinutiaType))
information = st.builds(
    lambda finger, numbers: BiometricInformation(finger, min(numbers), max(numbers)),
    st.sampled_from(Finger),
    st.tuples(byte, byte),
)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("", "0 minutiae, where 1 to 2 are expected"),
        ("0A144F" * 3, "3 minutiae, where 1 to 2 are expected"),
    ],
)
def test_too_few_and_too_many_minutiae(data: str, complaint: str) -> None:
    with pytest.raises(MinutiaeError, match=complaint):
        FingerTemplate.parse(bytes.fromhex(data), 1, 2)


@pytest.mark.parametrize("values", [(-1, 0, 0), (256, 0, 0), (0, 256, 0), (0, 0, 64), (0, 0, -1)])
def test_what_is_no_minutia(values: tuple[int, int, int]) -> None:
    with pytest.raises(MinutiaeError):
        Minutia(*values)


@pytest.mark.parametrize("kind", [1, 3, None])
def test_a_type_is_one_of_the_three(kind: Any) -> None:
    with pytest.raises(MinutiaeError, match="none of the three types"):
        Minutia(1, 2, 3, kind)


@pytest.mark.parametrize("numbers", [(-1, 5), (12, 256), (61, 60)])
def test_numbers_of_minutiae_that_a_card_cannot_tell(numbers: tuple[int, int]) -> None:
    with pytest.raises(MinutiaeError, match="up to 255"):
        BiometricInformation(Finger.UNKNOWN, *numbers)


def test_no_repr_and_no_complaint_shows_a_minutia() -> None:
    template = FingerTemplate((Minutia(201, 202, 33),) * 3)
    assert repr(template) == "FingerTemplate(3 minutiae)"
    assert "20" not in repr(template.minutiae[0])
    with pytest.raises(MinutiaeError) as caught:
        Minutia(1001, 202, 33)
    assert "1001" not in str(caught.value)


def test_what_a_card_tells_of_its_fingers() -> None:
    """The form of NIST's BiomDI (matchoncard/src/libmoc): 7F60 of 28 bytes, all parameters within the header A1."""
    primary = BiometricInformation(Finger.RIGHT_INDEX, 12, 60)
    assert group_template([primary]) == bytes.fromhex(
        "020101 7F601C A11A 810108 820109 87020101 88020005 B10A 81020C3C 820100 830100"
    )
    assert fingers_in(bytes.fromhex("020100")) == ()


def test_what_verify_brings() -> None:
    assert biometric_data(bytes.fromhex("0A144F")) == bytes.fromhex("7F2E05 8103 0A144F")


@given(minutiae=st.lists(minutia, min_size=1, max_size=60))
def test_a_template_parses_back(minutiae: list[Minutia]) -> None:
    template = FingerTemplate(tuple(minutiae))
    assert FingerTemplate.parse(minutiae_in(biometric_data(template.to_bytes())), 1, 60) == template


@given(fingers=st.lists(information, max_size=2))
def test_information_parses_back(fingers: list[BiometricInformation]) -> None:
    assert fingers_in(group_template(fingers)) == tuple(fingers)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "7F2E",
        "7F2E05 8103 0A144F 00",
        "7F2E03 0A144F",
        "8103 0A144F",
        "7F2E05 8203 0A144F",
        "7F2E07 8103 0A144F 8200",
    ],
)
def test_what_is_no_biometric_data(data: str) -> None:
    with pytest.raises(MinutiaeError):
        minutiae_in(bytes.fromhex(data))


@pytest.mark.parametrize(
    "template",
    [
        "7F61 00",
        "7F60 00",
        "7F60 02 A100",
        "7F60 1C A11A 810108 820199 87020101 88020005 B10A 81020C3C 820100 830100",
        "7F60 1D A11B 810108 82020909 87020101 88020005 B10A 81020C3C 820100 830100",
        "7F60 1C A11A 810108 820109 87020101 88020005 B10A 81023C0C 820100 830100",
        "7F60 38" + "A11A 810108 820109 87020101 88020005 B10A 81020C3C 820100 830100" * 2,
        "7F60 1C A11A 810108 820109 87020101 88020001 B10A 81020C3C 820100 830100",
        "7F60 1A A118 810108 820109 87020101 88020005 B108 81010C 820100 8300",
    ],
)
def test_what_is_no_information(template: str) -> None:
    tlv, _rest = decode_one(bytes.fromhex(template))
    with pytest.raises(MinutiaeError):
        BiometricInformation.parse(tlv)


@given(data=st.binary(max_size=80))
def test_hostile_bytes_raise_our_error_alone(data: bytes) -> None:
    for read in (minutiae_in, fingers_in, lambda each: FingerTemplate.parse(each, 0, 60)):
        with suppress(MinutiaeError):
            read(data)
    with suppress(MinutiaeError):
        BiometricInformation.parse(TLV(0x7F60, data))
