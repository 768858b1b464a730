"""P1, P2 and data of the commands that select, read, write and manage files, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.describe.access_rules import in_words
from iso7816.describe.contents import byte_count, expected, hex_string
from iso7816.describe.masking import requested_tag
from iso7816.errors import Iso7816Error
from iso7816.file_control import FileControlParameters
from iso7816.file_path import format_fid

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.describe.selection import Selection, Target

_SELECT_BY = {
    0x00: "by file identifier",
    0x01: "child DF",
    0x02: "EF under the current DF",
    0x03: "parent DF",
    0x04: "by DF name",
    0x08: "by path from the MF",
    0x09: "by path from the current DF",
}
_OCCURRENCE = ("first", "last", "next", "previous")
_WANTED = {0x00: "FCI", 0x04: "FCP", 0x08: "FMD", 0x0C: "no response data"}


def parameters_in_hex(apdu: CommandAPDU) -> str:
    """What can always be said: P1, P2 and the lengths."""
    parts = [f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}"]
    if apdu.data:
        parts.append(byte_count(apdu.nc))
    if apdu.ne is not None:
        parts.append(f"expects {expected(apdu.ne)}")
    return ", ".join(parts)


def select(apdu: CommandAPDU, selection: Selection) -> str:
    """``"6F01 (greeting) by file identifier, no response data"``."""
    target = selection.selected_by(apdu)
    wanted = _WANTED.get(apdu.p2 & 0xFC)
    if target is None or wanted is None:
        return parameters_in_hex(apdu)
    parts = [_selected(apdu, selection, target)]
    if apdu.p1 == 0x04 and apdu.p2 & 0x03:
        parts.append(f"{_OCCURRENCE[apdu.p2 & 0x03]} occurrence")
    parts.append(wanted)
    return ", ".join(parts)


def _selected(apdu: CommandAPDU, selection: Selection, target: Target) -> str:
    name = None if target.path is None else selection.names.name_of(target.path)
    if apdu.p1 == 0x03:
        return "parent DF" if target.path is None else f"parent DF, {selection.label(target)}"
    if not apdu.data:
        return "MF"
    if apdu.p1 in (0x08, 0x09):
        shown = "/".join(hex_string(apdu.data[start : start + 2]) for start in range(0, len(apdu.data), 2))
    else:
        shown = hex_string(apdu.data)
    if name is not None:
        shown += f" ({name})"
    return f"{shown} {_SELECT_BY[apdu.p1]}" if apdu.p1 not in (0x01, 0x02) else f"{_SELECT_BY[apdu.p1]}, {shown}"


def manage_file(apdu: CommandAPDU, selection: Selection) -> str:
    """DELETE, ACTIVATE, DEACTIVATE and TERMINATE: which file."""
    if not apdu.data:
        return "current file"
    target = selection.selected_by(apdu)
    return parameters_in_hex(apdu) if target is None else _selected(apdu, selection, target)


def create_file(apdu: CommandAPDU, selection: Selection) -> str:
    """``"EF 6F10, transparent, 64 bytes"``."""
    try:
        fcp = FileControlParameters.parse_template(apdu.data)
    except Iso7816Error:
        return "malformed file control parameters" if apdu.data else parameters_in_hex(apdu)
    is_df = fcp.descriptor is not None and fcp.descriptor.kind.is_df
    parts = []
    if fcp.fid is not None:
        parts.append(selection.label(selection.child(fcp.fid, is_df=is_df)))
    else:
        parts.append("a DF" if is_df else "an EF")
    if fcp.descriptor is not None and not is_df:
        parts.append(in_words(fcp.descriptor.kind.name))
    size = fcp.data_size if fcp.data_size is not None else fcp.total_size
    if size is not None:
        parts.append(byte_count(size))
    return ", ".join(parts)


def binary_target(apdu: CommandAPDU, selection: Selection) -> tuple[str, str]:
    """The EF that a BINARY command with an even INS refers to, and the offset in words."""
    if apdu.p1 & 0x80:
        label = selection.label(selection.by_sfi(apdu.p1 & 0x1F))
        return label, f"offset {apdu.p2}"
    return selection.current_ef_label, f"offset {apdu.p1 << 8 | apdu.p2}"


def _odd_target(apdu: CommandAPDU, selection: Selection) -> str:
    """The EF that an odd INS refers to: a short identifier in the low bits, or a file identifier; 0 the current one."""
    number = apdu.p1 << 8 | apdu.p2
    if number == 0:
        return selection.current_ef_label
    if number <= 0x1F:
        return selection.label(selection.by_sfi(number))
    return selection.label(selection.child(number, is_df=False))


def read_binary(apdu: CommandAPDU, selection: Selection) -> str:
    """``"EF 6F01, offset 0, 16 bytes"``."""
    if apdu.ins & 1:
        return f"{_odd_target(apdu, selection)}, data objects {hex_string(apdu.data)}, {expected(apdu.ne)}"
    label, offset = binary_target(apdu, selection)
    return f"{label}, {offset}, {expected(apdu.ne)}"


def write_binary(apdu: CommandAPDU, selection: Selection) -> str:
    """WRITE and UPDATE BINARY: file, offset and how many bytes."""
    if apdu.ins & 1:
        return f"{_odd_target(apdu, selection)}, {byte_count(apdu.nc)} of data objects"
    label, offset = binary_target(apdu, selection)
    return f"{label}, {offset}, {byte_count(apdu.nc)}"


def erase_binary(apdu: CommandAPDU, selection: Selection) -> str:
    """From the offset to the end, or to before the offset in the data field."""
    if apdu.ins & 1:
        return f"{_odd_target(apdu, selection)}, data objects {hex_string(apdu.data)}"
    label, offset = binary_target(apdu, selection)
    end = "the end" if not apdu.data else f"before offset {int.from_bytes(apdu.data, 'big')}"
    return f"{label}, from {offset} to {end}"


_BY_IDENTIFIER = ("first", "last", "next", "previous")


def record_reference(apdu: CommandAPDU) -> str:
    """P1 and the low bits of P2 of a RECORD command: ``"record 3"``, ``"all records from 1"``, ``"next record"``."""
    mode = apdu.p2 & 0x07
    if mode <= 3:
        identifier = "" if apdu.p1 == 0 else f" with identifier {apdu.p1:02X}"
        return f"{_BY_IDENTIFIER[mode]} record{identifier}"
    if mode == 7:
        return f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}"
    record = "the current one" if apdu.p1 == 0 else str(apdu.p1)
    if mode == 4:
        return "current record" if apdu.p1 == 0 else f"record {record}"
    return f"all records from {record}" if mode == 5 else f"all records from the last up to {record}"


def record_file(apdu: CommandAPDU, selection: Selection) -> str:
    """The EF that P2 of a RECORD command refers to."""
    sfi = apdu.p2 >> 3
    return selection.current_ef_label if sfi == 0 else selection.label(selection.by_sfi(sfi))


def read_record(apdu: CommandAPDU, selection: Selection) -> str:
    """``"EF 6F02, record 1, up to 256 bytes"``."""
    return f"{record_file(apdu, selection)}, {record_reference(apdu)}, {expected(apdu.ne)}"


def write_record(apdu: CommandAPDU, selection: Selection) -> str:
    """WRITE and UPDATE RECORD: file, record and how many bytes."""
    return f"{record_file(apdu, selection)}, {record_reference(apdu)}, {byte_count(apdu.nc)}"


def erase_record(apdu: CommandAPDU, selection: Selection) -> str:
    """File and records."""
    return f"{record_file(apdu, selection)}, {record_reference(apdu)}"


def append_record(apdu: CommandAPDU, selection: Selection) -> str:
    """File and how many bytes."""
    return f"{record_file(apdu, selection)}, {byte_count(apdu.nc)}"


def search_record(apdu: CommandAPDU, selection: Selection) -> str:
    """File, where to begin, and what to look for."""
    return f"{record_file(apdu, selection)}, from record {apdu.p1}, for {hex_string(apdu.data)}"


def data_object(apdu: CommandAPDU, selection: Selection) -> str:
    """GET and PUT DATA: which data object, and how many bytes."""
    number = apdu.p1 << 8 | apdu.p2
    name = selection.names.data_objects.get(number)
    tag = requested_tag(apdu.data) if apdu.ins & 1 else None
    if tag is not None and tag in selection.names.data_objects:
        text, name = f"data object {tag:02X}", selection.names.data_objects[tag]
    elif apdu.ins & 1:
        where = "current DF" if number in (0x0000, 0x3FFF) else f"file {format_fid(number)}"
        text = f"data objects in {where}"
    elif 0x0040 <= number <= 0x00FF or number >= 0x4000:
        text = f"data object {number:02X}"
    elif 0x0201 <= number <= 0x02FE:
        text = f"SIMPLE-TLV data object {apdu.p2:02X}"
    elif 0x0100 <= number <= 0x01FF:
        text = f"proprietary data object {number:04X}"
    else:
        return parameters_in_hex(apdu)
    if name is not None:
        text += f" ({name})"
    amount = byte_count(apdu.nc) if apdu.ne is None else expected(apdu.ne)
    return f"{text}, {amount}"


def get_response(apdu: CommandAPDU, _selection: Selection) -> str:
    """How many bytes."""
    return expected(apdu.ne)
