"""What SELECT and GET DATA tell of a file: its record as file control parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.ber_tlv import TLV, decode_all
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.expanded_rules import EXPANDED_RULES
from iso7816.file_control import FileControlParameters
from iso7816.file_descriptor import FileDescriptor, FileKind

if TYPE_CHECKING:
    from emulator.persistent import CardFile, Content


def control_parameters(file: CardFile) -> FileControlParameters:
    """The FCP of a file: 82, 83, 8A always; 80 and 88 of an EF; 84, 8D of a DF, 8C, AB, 85 and A5 where it has them."""
    is_df = file.kind is FileKind.DF
    if is_df:
        descriptor = FileDescriptor(file.kind)
    else:
        descriptor = FileDescriptor(
            file.kind, coding_byte=file.coding, max_record_size=file.max_record_size, max_records=file.max_records
        )
    return FileControlParameters(
        descriptor=descriptor,
        fid=file.fid,
        df_name=file.name,
        data_size=None if is_df else file.size,
        sfi=None if is_df else file.sfi,
        life_cycle=file.life_cycle,
        compact_security=file.security,
        se_file=file.se_file,
        others=() if file.expanded is None else (TLV(EXPANDED_RULES, file.expanded),),
        proprietary=decode_all(file.proprietary),
        management_data=decode_all(file.management),
    )


def erased_byte(file: CardFile) -> int:
    """What a byte holds in the logically erased state: FF where WRITE can only clear bits, else 00."""
    return 0xFF if DataCoding.parse(file.coding).write_behaviour is WriteBehaviour.AND else 0x00


def initial_content(file: CardFile) -> Content:
    """The content of a new EF: erased bytes, or no records yet."""
    return bytes((erased_byte(file),)) * file.size if file.kind is FileKind.TRANSPARENT else ()
