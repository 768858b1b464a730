"""Which function puts which command's parameters in words: one row for each INS, the odd form with the even one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iso7816.describe import file_parameters as of_file
from iso7816.describe import key_operations as of_keys
from iso7816.describe import security_parameters as of_security

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.describe.selection import Selection

_WORDS: Mapping[int, Callable[[CommandAPDU, Selection], str]] = {
    0x04: of_file.manage_file,
    0x0C: of_file.erase_record,
    0x0E: of_file.erase_binary,
    0x20: of_security.verify,
    0x22: of_keys.manage_security_environment,
    0x24: of_security.change_reference_data,
    0x26: of_security.verification_requirement,
    0x28: of_security.verification_requirement,
    0x2A: of_keys.perform_security_operation,
    0x2C: of_security.reset_retry_counter,
    0x44: of_file.manage_file,
    0x46: of_keys.generate_key_pair,
    0x70: of_security.manage_channel,
    0x82: of_security.authenticate,
    0x84: of_security.get_challenge,
    0x86: of_security.authenticate,
    0x88: of_security.authenticate,
    0xA2: of_file.search_record,
    0xA4: of_file.select,
    0xB0: of_file.read_binary,
    0xB2: of_file.read_record,
    0xC0: of_file.get_response,
    0xC2: of_security.concealed,
    0xCA: of_file.data_object,
    0xCC: of_file.data_object,
    0xD0: of_file.write_binary,
    0xD2: of_file.write_record,
    0xD6: of_file.write_binary,
    0xD8: of_file.data_object,
    0xDA: of_keys.put_data,
    0xDC: of_file.write_record,
    0xE0: of_file.create_file,
    0xE2: of_file.append_record,
    0xE4: of_file.manage_file,
    0xE6: of_file.manage_file,
    0xE8: of_file.manage_file,
}
_SELECT_DATA = 0xA5


def describe_parameters(apdu: CommandAPDU, selection: Selection) -> str:
    """P1, P2 and the lengths in words; in hex where the command or the combination has no words."""
    words = _WORDS.get(apdu.ins & 0xFE)
    if words is None or apdu.ins == _SELECT_DATA:
        return of_file.parameters_in_hex(apdu)
    return words(apdu, selection)
