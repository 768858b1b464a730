"""SCardISO7816 builds what the published tables say, byte for byte: their ``apdu`` entries are carried out here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scardmgr import E_INVALIDARG, E_POINTER, HRESULT, ByteBuffer, HResultError, ISCardCmd, SCardCmd, SCardISO7816
from scardmgr.com.automation import DISPATCH, DISPPARAMS, IID_NULL
from scardmgr.published.definitions import tables

Refused = Callable[..., HResultError]

ENTRIES: dict[str, dict[str, Any]] = {
    method["name"]: method["apdu"] for method in tables()["ISCardISO7816"]["methods"] if method["apdu"] is not None
}
#: Every method in the order of its documented parameters.
PARAMETERS = {name: list(inspect.signature(getattr(SCardISO7816, name)).parameters)[1:-1] for name in ENTRIES}
MAY_BE_LEFT_OUT = {
    (method["name"], each["name"])
    for method in tables()["ISCardISO7816"]["methods"]
    for each in method["params"]
    if each["optional"]
}
#: Channels that ISO/IEC 7816-4:2005 has beyond the two bits of the page.
MAX_CHANNEL = 19


# Carrying out an entry


def number(text: str, values: Mapping[str, Any]) -> int:
    """``0xE2``, or the name of the parameter that holds it."""
    word = re.split(r"[\s:(]", text)[0]
    return int(word, 16) if word.startswith("0x") else values[word]


def data_of(entry: Mapping[str, Any], values: Mapping[str, Any]) -> bytes:
    named = re.search(r"len\((\w+)\)", entry["lc"])
    return b"" if named is None else values[named[1]] or b""


def le_of(entry: Mapping[str, Any], values: Mapping[str, Any], p1_p2: int) -> int | None:
    """The number that the Le field tells, 0 for zeros; ``None``: there is none."""
    text = entry["le"]
    if text == "absent":
        return None
    if (found := re.fullmatch(r"absent when (\w+) = 0, else \1", text)) is not None:
        return values[found[1]] or None
    if (found := re.fullmatch(r"0x(\w+) when P1-P2 = (\w+), else absent", text)) is not None:
        return int(found[1], 16) if p1_p2 == int(found[2], 16) else None
    assert re.fullmatch(r"\w+", text)
    return values[text]


def apdu_of(method: str, values: Mapping[str, Any], class_id: int) -> bytes:
    """What the tables say the method builds."""
    entry = ENTRIES[method]
    header = bytes((class_id, int(entry["ins"], 16), number(entry["p1"], values), number(entry["p2"], values)))
    data, le = data_of(entry, values), le_of(entry, values, int.from_bytes(header[2:], "big"))
    extended = len(data) > 255 or (le is not None and le > 256)
    lc = b"" if not data else b"\0" + len(data).to_bytes(2, "big") if extended else bytes((len(data),))
    if le is None:
        return header + lc + data
    le_field = (le % 65536).to_bytes(2, "big") if extended else bytes((le % 256,))
    return header + lc + data + (b"\0" if extended and not data else b"") + le_field


def matches(pattern: str, value: int) -> bool:
    return all(bit in ("x", "-", wanted) for bit, wanted in zip(pattern, f"{value:08b}", strict=True))


def are_bits_allowed(patterns: Mapping[str, str], value: int) -> bool:
    """Whether bit patterns of P2 give a meaning to a value: what none describes is reserved."""
    for pattern, meaning in patterns.items():
        if meaning.startswith("RFU (00)"):
            if any(bit == "x" and wanted == "1" for bit, wanted in zip(pattern, f"{value:08b}", strict=True)):
                return False
        elif meaning == "RFU" and matches(pattern, value):
            return False
    which = [pattern for pattern in patterns if set(pattern[:5]) <= {"-", "x"} and set(pattern[5:]) <= {"0", "1"}]
    if any("short EF id" in meaning for meaning in patterns.values()) and value >> 3 == 0b11111:
        return False
    return not which or any(matches(pattern, value) for pattern in which)


def is_allowed(method: str, values: Mapping[str, Any]) -> bool:
    """Whether P1-P2 have a meaning, as the entry tells."""
    entry = ENTRIES[method]
    p1, p2 = number(entry["p1"], values), number(entry["p2"], values)
    coding = entry.get("p1_p2_coding")
    if isinstance(coding, dict):
        ranges = {
            range(int(text[:4], 16), int(text[5:], 16) + 1): meaning for text, meaning in coding.items() if "-" in text
        }
        return any(p1 << 8 | p2 in each and meaning != "RFU" for each, meaning in ranges.items())
    if isinstance(coding, str):
        assert "bit8=1: bits 7-6 zero, bits 5-1 short EF id" in coding
        return p1 < 0x80 or (p1 < 0xA0 and p1 & 0x1F != 0x1F)
    if "p1_values" in entry:
        return f"0x{p1:02X}" in entry["p1_values"]
    if "others RFU" in entry["p1"]:
        return p1 in [int(text, 16) for text in re.findall(r"0x\w+", entry["p1"])] and p2 <= MAX_CHANNEL
    return are_bits_allowed(entry.get("p2_bits", {}), p2)


# What is given

a_byte = st.integers(0, 255)
a_length = st.integers(0, 300) | st.sampled_from([0, 1, 255, 256, 257, 65535, 65536])
data_fields = st.binary(min_size=1, max_size=300) | st.sampled_from([bytes(255), bytes(256), b"\xa5" * 65535])


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A method, and arguments that have a meaning."""
    method = draw(st.sampled_from(sorted(ENTRIES)))
    values: dict[str, Any] = {}
    for name in PARAMETERS[method]:
        if name.startswith("by"):
            values[name] = draw(a_byte)
        elif name.startswith("l"):
            values[name] = draw(a_length)
        elif (method, name) in MAY_BE_LEFT_OUT:
            values[name] = draw(st.none() | st.just(b"") | data_fields)
        else:
            values[name] = draw(data_fields)
    assume(is_allowed(method, values))
    return method, values


@given(calls(), st.none() | a_byte, st.booleans())
def test_every_command_is_what_the_tables_say(
    call: tuple[str, dict[str, Any]], class_id: int | None, is_given: bool
) -> None:
    method, values = call
    iso = SCardISO7816()
    if class_id is not None:
        iso.SetDefaultClassId(class_id)
    given_command = SCardCmd(bytes.fromhex("00CA0000000004")) if is_given else None
    command = getattr(iso, method)(*values.values(), given_command)
    assert command.Apdu == apdu_of(method, values, class_id or 0x00)
    assert command.Type in ENTRIES[method]["iso_case"]
    assert given_command is None or command is given_command
    assert getattr(iso, method)(**values).Apdu == command.Apdu


@pytest.mark.parametrize("method", sorted(ENTRIES))
def test_p1_and_p2_without_a_meaning_are_refused(method: str) -> None:
    iso = SCardISO7816()
    names = [name for name in PARAMETERS[method] if name.startswith("by")]
    others = {name: 1 if name.startswith("l") else b"\x01" for name in PARAMETERS[method] if name not in names}
    every_other = {0: [()], 1: [(each,) for each in range(256)]}.get(
        len(names),
        [(p1, p2) for p1 in range(256) for p2 in (0x00, 0x07, 0x13, 0x14, 0x3F, 0x40, 0x60, 0x80, 0xF8, 0xFF)],
    )
    every_other += [(0x00, p2) for p2 in range(256)] if len(names) == 2 else []
    refused = 0
    for bytes_given in every_other:
        values = {**others, **dict(zip(names, bytes_given, strict=True))}
        if is_allowed(method, values):
            assert getattr(iso, method)(**values).ApduLength >= 4
            continue
        with pytest.raises(HResultError) as caught:
            getattr(iso, method)(**values)
        assert caught.value.hresult == E_INVALIDARG
        refused += 1
    assert (refused > 0) == (method not in ("GetChallenge", "GetResponse"))


@pytest.mark.parametrize("method", sorted(ENTRIES))
def test_arguments_out_of_their_range_are_refused_and_leave_the_command_as_it_was(
    method: str, refused: Refused
) -> None:
    iso = SCardISO7816()
    command = SCardCmd(bytes.fromhex("00A4000C023F00"))
    right: dict[str, Any] = {
        name: 1 if name[0] == "l" else 0 if name[:2] == "by" else b"\x01" for name in PARAMETERS[method]
    }
    if method in ("GetData", "PutData"):
        right["byP2"] = 0x40
    wrong_values: dict[str, tuple[tuple[int, Any], ...]] = {
        "b": ((E_INVALIDARG, 256), (E_INVALIDARG, -1), (E_INVALIDARG, "0"), (E_POINTER, None)),
        "l": ((E_INVALIDARG, -1), (E_INVALIDARG, 65537), (E_INVALIDARG, 1.0), (E_POINTER, None)),
        "p": ((E_INVALIDARG, bytes(65536)), (E_INVALIDARG, "01")),
    }
    for name in PARAMETERS[method]:
        wrong = wrong_values[name[0]]
        if name[0] == "p" and (method, name) not in MAY_BE_LEFT_OUT:
            wrong += ((E_POINTER, None), (E_INVALIDARG, b""))
        for code, value in wrong:
            refused(code, getattr(iso, method), *{**right, name: value}.values(), command)
    refused(E_INVALIDARG, getattr(iso, method), *right.values(), b"\x00\xa4\x00\x00")
    assert command.Apdu == bytes.fromhex("00A4000C023F00")
    assert getattr(iso, method)(*right.values(), command) is command


def test_the_default_class_is_00_until_it_is_set(refused: Refused) -> None:
    iso = SCardISO7816()
    assert iso.GetChallenge(8).Apdu == bytes.fromhex("0084000008")
    iso.SetDefaultClassId(0x01)
    assert iso.GetChallenge(8).Apdu == bytes.fromhex("0184000008")
    refused(E_INVALIDARG, iso.SetDefaultClassId, 256)
    refused(E_POINTER, iso.SetDefaultClassId, None)
    assert iso.GetChallenge(8).Apdu == bytes.fromhex("0184000008")
    assert SCardISO7816().GetChallenge(8).ClassId == 0x00


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, ByteBuffer])
def test_data_may_be_any_buffer(kind: Callable[[bytes], Any]) -> None:
    assert SCardISO7816().Verify(0x01, kind(b"1234")).Apdu == bytes.fromhex("00200001 04 31323334")
    assert SCardISO7816().UpdateBinary(0, 0, kind(b"x")).Apdu == bytes.fromhex("00D60000 01 78")


def test_a_buffer_counts_as_a_whole() -> None:
    with ByteBuffer(b"1234") as code:
        code.Read(2)
        assert SCardISO7816().Verify(0x01, code).Data == b"1234"


class OwnCommand(SCardCmd):
    """What an application makes of a command."""


def test_any_iscardcmd_is_filled() -> None:
    own = OwnCommand()
    own.ApduReply = b"\x90\x00"
    filled = SCardISO7816().ReadBinary(0x81, 0x00, 0, own)
    assert filled is own
    assert own.Apdu == bytes.fromhex("00B0810000")
    assert own.ApduReply == b"\x90\x00", "a reply stays until the next one"
    assert isinstance(SCardISO7816().ReadBinary(0x81, 0x00, 0), ISCardCmd)


def test_late_binding_builds_commands() -> None:
    iso = SCardISO7816()
    member, data = iso.GetIDsOfNames(IID_NULL, ["SelectFile", "pData"])
    given_by_place = DISPPARAMS.of(0x04, 0x00, b"\xa0\x00", 0, None)
    named = DISPPARAMS.of(0x04, 0x00, named={data: b"\xa0\x00"})
    for parameters in (given_by_place, named):
        command = iso.Invoke(member, IID_NULL, 0, DISPATCH.METHOD, parameters)
        assert isinstance(command, SCardCmd)
        assert command.Apdu == bytes.fromhex("00A40400 02 A000")


def test_a_released_builder_builds_nothing(refused: Refused) -> None:
    with SCardISO7816() as iso:
        kept = iso.GetChallenge(8)
    refused(HRESULT.CO_E_RELEASED, iso.GetChallenge, 8)
    assert kept.ApduLength == 5


@pytest.mark.parametrize(
    ("method", "arguments", "apdu"),
    [
        ("SelectFile", (0x04, 0x00, bytes.fromhex("A000000003"), 256), "00A40400 05 A000000003 00"),
        ("SelectFile", (0x00, 0x0C), "00A4000C"),
        ("SelectFile", (0x00, 0x04, b"\x3f\x00", 65536), "00A40004 000002 3F00 0000"),
        ("ReadBinary", (0x01, 0x00, 0), "00B00100 00"),
        ("ReadRecord", (0x01, 0x0C, 0), "00B2010C 00"),
        ("EraseBinary", (0x00, 0x10, b"\x00\x20"), "000E0010 02 0020"),
        ("EraseBinary", (0x00, 0x10), "000E0010"),
        ("Verify", (0x81,), "00200081"),
        ("ManageChannel", (0x00, 0x00), "00700000 01"),
        ("ManageChannel", (0x00, 0x02), "00700002"),
        ("ManageChannel", (0x80, 0x02), "00708002"),
        ("ManageChannel", (0x80, 0x00), "00708000"),
        ("GetData", (0x5F, 0x20, 0), "00CA5F20 00"),
        ("InternalAuthenticate", (0x02, 0x01, bytes(256), 0), "00880201 000100" + "00" * 256 + "0000"),
    ],
)
def test_commands_that_everybody_knows(method: str, arguments: tuple[Any, ...], apdu: str) -> None:
    assert getattr(SCardISO7816(), method)(*arguments).Apdu == bytes.fromhex(apdu)
