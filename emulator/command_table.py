"""The command table of the ISO/IEC 7816 card: every command, one row each.

Rows stand in the order of their instruction bytes. The commands that the table does not have yet
would stand where a comment names them.
"""

from __future__ import annotations

from typing import Final

from emulator.command import AnyCommandRow, Case, CommandRow
from emulator.commands import authentication, binary, chv, selection
from emulator.transport import parse_get_response, refuse_get_response

_PART_4: Final = "ISO/IEC 7816-4:2020, "
_PART_9: Final = "ISO/IEC 7816-9:2017, "

COMMANDS: Final[tuple[AnyCommandRow, ...]] = (
    CommandRow(
        "ERASE BINARY", 0x0E, _PART_4 + "11.3.7", Case.NO_DATA | Case.COMMAND, binary.parse_place, binary.erase_binary
    ),
    CommandRow("VERIFY", 0x20, _PART_4 + "11.6.6", Case.NO_DATA | Case.COMMAND, chv.parse_verify, chv.verify),
    CommandRow(
        "CHANGE REFERENCE DATA", 0x24, _PART_4 + "11.6.7", Case.COMMAND, chv.parse_change, chv.change_reference_data
    ),
    CommandRow(
        "DISABLE VERIFICATION REQUIREMENT",
        0x26,
        _PART_4 + "11.6.9",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_switch,
        chv.disable_verification,
    ),
    CommandRow(
        "ENABLE VERIFICATION REQUIREMENT",
        0x28,
        _PART_4 + "11.6.8",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_switch,
        chv.enable_verification,
    ),
    CommandRow(
        "RESET RETRY COUNTER",
        0x2C,
        _PART_4 + "11.6.10",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_reset,
        chv.reset_retry_counter,
    ),
    CommandRow(
        "EXTERNAL AUTHENTICATE",
        0x82,
        _PART_4 + "11.6.4",
        Case.NO_DATA | Case.COMMAND,
        authentication.parse_authentication,
        authentication.external_authenticate,
    ),
    CommandRow(
        "GET CHALLENGE",
        0x84,
        _PART_4 + "11.6.3",
        Case.RESPONSE,
        authentication.parse_challenge,
        authentication.get_challenge,
    ),
    CommandRow(
        "INTERNAL AUTHENTICATE",
        0x88,
        _PART_4 + "11.6.2",
        Case.BOTH,
        authentication.parse_authentication,
        authentication.internal_authenticate,
    ),
    CommandRow(
        "SELECT",
        0xA4,
        _PART_4 + "11.2.2",
        Case.NO_DATA | Case.RESPONSE | Case.COMMAND | Case.BOTH,
        selection.parse_select,
        selection.select,
    ),
    CommandRow("READ BINARY", 0xB0, _PART_4 + "11.3.3", Case.RESPONSE, binary.parse_place, binary.read_binary),
    CommandRow("GET RESPONSE", 0xC0, _PART_4 + "11.8.1", Case.RESPONSE, parse_get_response, refuse_get_response),
    CommandRow("WRITE BINARY", 0xD0, _PART_4 + "11.3.5", Case.COMMAND, binary.parse_place, binary.write_binary),
    CommandRow("UPDATE BINARY", 0xD6, _PART_4 + "11.3.6", Case.COMMAND, binary.parse_place, binary.update_binary),
)

ROWS: Final = {row.ins: row for row in COMMANDS}
"""The rows by instruction byte."""
