"""File control information: life cycle, descriptors, short identifiers, and what cannot be."""

from __future__ import annotations

import pytest

from iso7816.ber_tlv import TLV
from iso7816.errors import FileControlError
from iso7816.file_control import NO_SFI, FileControlParameters, LifeCycle
from iso7816.file_descriptor import FileDescriptor, FileKind


# ISO/IEC 7816-4:2020, 7.4.10: the bits that matter, whatever the others are.
@pytest.mark.parametrize(
    ("byte", "state"),
    [
        (0x00, LifeCycle.NO_INFORMATION),
        (0x01, LifeCycle.CREATION),
        (0x02, None),
        (0x03, LifeCycle.INITIALISATION),
        (0x04, LifeCycle.OPERATIONAL_DEACTIVATED),
        (0x05, LifeCycle.OPERATIONAL_ACTIVATED),
        (0x06, LifeCycle.OPERATIONAL_DEACTIVATED),
        (0x07, LifeCycle.OPERATIONAL_ACTIVATED),
        (0x08, None),
        (0x0B, None),
        (0x0C, LifeCycle.TERMINATED),
        (0x0F, LifeCycle.TERMINATED),
        (0x10, None),
        (0xFF, None),
    ],
)
def test_life_cycle_status_byte(byte: int, state: LifeCycle | None) -> None:
    assert LifeCycle.of(byte) is state


def test_a_usual_life_cycle_byte_is_read_as_its_state_and_another_stays_a_number() -> None:
    assert FileControlParameters.parse(bytes.fromhex("8A0105")).life_cycle is LifeCycle.OPERATIONAL_ACTIVATED
    other = FileControlParameters.parse(bytes.fromhex("8A0107")).life_cycle
    assert (other, type(other)) == (7, int)


@pytest.mark.parametrize(
    ("byte", "kind", "shareable", "internal"),
    [
        (0x00, FileKind.NO_INFORMATION, False, False),
        (0x01, FileKind.TRANSPARENT, False, False),
        (0x41, FileKind.TRANSPARENT, True, False),
        (0x02, FileKind.LINEAR_FIXED, False, False),
        (0x03, FileKind.LINEAR_FIXED_TLV, False, False),
        (0x04, FileKind.LINEAR_VARIABLE, False, False),
        (0x05, FileKind.LINEAR_VARIABLE_TLV, False, False),
        (0x06, FileKind.CYCLIC, False, False),
        (0x07, FileKind.CYCLIC_TLV, False, False),
        (0x0A, FileKind.LINEAR_FIXED, False, True),
        (0x38, FileKind.DF, False, False),
        (0x78, FileKind.DF, True, False),
        (0x39, FileKind.BER_TLV, False, False),
        (0x3A, FileKind.SIMPLE_TLV, False, False),
        (0x3B, FileKind.PROPRIETARY, False, False),
        (0x10, FileKind.PROPRIETARY, False, False),
        (0x80, FileKind.PROPRIETARY, False, False),
        (0xFF, FileKind.PROPRIETARY, False, False),
    ],
)
def test_file_descriptor_byte(byte: int, kind: FileKind, shareable: bool, internal: bool) -> None:
    descriptor = FileDescriptor.parse(bytes((byte,)))
    assert (descriptor.kind, descriptor.shareable, descriptor.internal) == (kind, shareable, internal)
    assert descriptor.byte == byte


def test_every_descriptor_byte_is_read_and_built_again() -> None:
    for byte in range(256):
        assert FileDescriptor.parse(bytes((byte,))).to_bytes() == bytes((byte,))


def test_what_a_kind_is() -> None:
    assert [kind for kind in FileKind if kind.is_df] == [FileKind.DF]
    assert [kind for kind in FileKind if kind.is_cyclic] == [FileKind.CYCLIC, FileKind.CYCLIC_TLV]
    assert [kind.value for kind in FileKind if kind.has_records] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("record_size", "records", "value"),
    [
        (None, None, "02"),
        (0, None, "020100"),
        (255, None, "0201FF"),
        (256, None, "02010100"),
        (16, 0, "0201001000"),
        (16, 255, "02010010FF"),
        (16, 256, "020100100100"),
    ],
)
def test_record_size_and_count_take_one_byte_or_two(record_size: int | None, records: int | None, value: str) -> None:
    descriptor = FileDescriptor(FileKind.LINEAR_FIXED, max_record_size=record_size, max_records=records)
    assert descriptor.to_bytes() == bytes.fromhex(value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": FileKind.LINEAR_FIXED, "max_records": 3},
        {"kind": FileKind.LINEAR_FIXED, "max_record_size": 65536},
        {"kind": FileKind.LINEAR_FIXED, "max_record_size": -1},
        {"kind": FileKind.LINEAR_FIXED, "max_record_size": 1, "max_records": 65536},
        {"kind": FileKind.TRANSPARENT, "coding_byte": 256},
        {"kind": FileKind.DF, "internal": True},
        {"kind": FileKind.PROPRIETARY},
        {"kind": FileKind.PROPRIETARY, "proprietary_byte": 0x01},
        {"kind": FileKind.TRANSPARENT, "proprietary_byte": 0x80},
    ],
)
def test_a_descriptor_that_cannot_be_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(FileControlError):
        FileDescriptor(**arguments)  # type: ignore[arg-type]


EF = FileDescriptor(FileKind.TRANSPARENT)


@pytest.mark.parametrize(
    ("parameters", "sfi"),
    [
        (FileControlParameters(EF, 0x6F01), 1),
        (FileControlParameters(EF, 0x6F1E), 30),
        (FileControlParameters(EF, 0x6F00), None),
        (FileControlParameters(EF, 0x6F1F), None),
        (FileControlParameters(EF, 0x6F01, sfi=7), 7),
        (FileControlParameters(EF, 0x6F01, sfi=NO_SFI), None),
        (FileControlParameters(EF), None),
        (FileControlParameters(None, 0x6F01), 1),
        (FileControlParameters(FileDescriptor(FileKind.DF), 0x7F01), None),
        (FileControlParameters(FileDescriptor(FileKind.DF), 0x7F01, sfi=7), None),
        (FileControlParameters(EF, 0x6F01, others=(TLV(0x88, b"\x02"),)), None),
    ],
)
def test_the_short_identifier_in_force(parameters: FileControlParameters, sfi: int | None) -> None:
    assert parameters.effective_sfi == sfi


@pytest.mark.parametrize(("sfi", "coded"), [(NO_SFI, "8800"), (1, "880108"), (30, "8801F0"), (None, "")])
def test_the_short_identifier_is_coded_in_the_high_bits(sfi: int | None, coded: str) -> None:
    assert FileControlParameters(sfi=sfi).to_bytes() == bytes.fromhex(coded)
    assert FileControlParameters.parse(bytes.fromhex(coded)).sfi == sfi


@pytest.mark.parametrize(("size", "coded"), [(0, "80020000"), (255, "800200FF"), (65536, "8003010000")])
def test_sizes_take_two_bytes_at_least(size: int, coded: str) -> None:
    assert FileControlParameters(data_size=size).to_bytes() == bytes.fromhex(coded)


def test_zero_is_a_value_and_not_absence() -> None:
    parameters = FileControlParameters(
        fid=0, data_size=0, total_size=0, sfi=0, life_cycle=0, compact_security=b"", se_file=0
    )
    assert parameters.to_bytes().hex().upper() == "80020000810200008302000088008A01008C008D020000"
    assert FileControlParameters.parse(parameters.to_bytes()) == parameters


@pytest.mark.parametrize(
    "arguments",
    [
        {"fid": 0x10000},
        {"se_file": -1},
        {"data_size": 1 << 32},
        {"total_size": -1},
        {"sfi": 31},
        {"life_cycle": 256},
        {"df_name": b""},
        {"df_name": bytes(17)},
        {"proprietary": (TLV(0x86, b""),)},
        {"others": (TLV(0x83, b"\x6f\x01"),)},
        {"others": (TLV(0x85, b""),)},
        {"others": (TLV(0x64, b""),)},
        {"others": (TLV(0x88, b""),)},
    ],
)
def test_parameters_that_cannot_be_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(FileControlError):
        FileControlParameters(**arguments)  # type: ignore[arg-type]


MALFORMED = "8000 80050000000001 8100 8200 8303000000 8400 84110102030405060708090A0B0C0D0E0F1011 8A00 8A020505 8D0101"


MALFORMED = "8000 80050000000001 8100 8200 8303000000 8400 84110102030405060708090A0B0C0D0E0F1011 8A00 8A020505 8D0101"


@pytest.mark.parametrize("value", [*MALFORMED.split(), "820101820101"])
def test_a_malformed_parameter_is_refused(value: str) -> None:
    with pytest.raises(FileControlError):
        FileControlParameters.parse(bytes.fromhex(value))


def test_the_three_templates() -> None:
    parameters = FileControlParameters(df_name=b"\xa0\x01", management_data=(TLV(0x50, b"App"),))
    assert parameters.fcp_template().hex().upper() == "62048402A001"
    assert parameters.fmd_template().hex().upper() == "64055003417070"
    assert parameters.fci_template().hex().upper() == "6F0B8402A00164055003417070"
    assert FileControlParameters().fci_template() == b"\x6f\x00"
    assert FileControlParameters().fmd_template() == b"\x64\x00"
