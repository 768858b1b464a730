"""The command table of the ISO/IEC 7816 card: every command, one row each.

Clauses are those of ISO/IEC 7816-4:2005, 7816-8:2004 and 7816-9:2004 (later editions describe the same commands
under other numbers). Rows stand in the order of their class and instruction bytes. The commands that the table does not
have yet would stand where a comment names them.
"""

from __future__ import annotations

from typing import Final

from emulator.authentication_keys import parse_authentication
from emulator.command import AnyCommandRow, Case, CommandRow
from emulator.commands import (
    authentication,
    binary,
    chv,
    data_objects,
    key_generation,
    key_import,
    listing,
    logical_channels,
    management,
    offsets,
    records,
    searching,
    security_environment,
    security_operation,
    selection,
    transmission,
)

_PART_4: Final = "ISO/IEC 7816-4:2005, "
_PART_8: Final = "ISO/IEC 7816-8:2004, "
_PART_9: Final = "ISO/IEC 7816-9:2004, "

COMMANDS: Final[tuple[AnyCommandRow, ...]] = (
    CommandRow(
        "DEACTIVATE FILE",
        0x04,
        _PART_9 + "6.3",
        Case.NO_DATA | Case.COMMAND,
        management.parse_target,
        management.deactivate_file,
    ),
    CommandRow("ERASE RECORD", 0x0C, _PART_4 + "7.3.8", Case.NO_DATA, records.parse_erase, records.erase_record),
    CommandRow(
        "ERASE BINARY", 0x0E, _PART_4 + "7.2.7", Case.NO_DATA | Case.COMMAND, binary.parse_place, binary.erase_binary
    ),
    CommandRow("ERASE BINARY", 0x0F, _PART_4 + "7.2.7", Case.COMMAND, offsets.parse_file, offsets.erase_binary),
    CommandRow("VERIFY", 0x20, _PART_4 + "7.5.6", Case.NO_DATA | Case.COMMAND, chv.parse_verify, chv.verify),
    CommandRow(
        "MANAGE SECURITY ENVIRONMENT",
        0x22,
        _PART_4 + "7.5.11",
        Case.NO_DATA | Case.COMMAND,
        security_environment.parse_environment,
        security_environment.manage_environment,
    ),
    CommandRow(
        "CHANGE REFERENCE DATA", 0x24, _PART_4 + "7.5.7", Case.COMMAND, chv.parse_change, chv.change_reference_data
    ),
    CommandRow(
        "DISABLE VERIFICATION REQUIREMENT",
        0x26,
        _PART_4 + "7.5.9",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_switch,
        chv.disable_verification,
    ),
    CommandRow(
        "ENABLE VERIFICATION REQUIREMENT",
        0x28,
        _PART_4 + "7.5.8",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_switch,
        chv.enable_verification,
    ),
    CommandRow(
        "PERFORM SECURITY OPERATION",
        0x2A,
        _PART_8 + "5.2",
        Case.NO_DATA | Case.RESPONSE | Case.COMMAND | Case.BOTH,
        security_operation.parse_operation,
        security_operation.perform,
        executes_once=True,
    ),
    CommandRow(
        "RESET RETRY COUNTER",
        0x2C,
        _PART_4 + "7.5.10",
        Case.NO_DATA | Case.COMMAND,
        chv.parse_reset,
        chv.reset_retry_counter,
    ),
    CommandRow(
        "ACTIVATE FILE",
        0x44,
        _PART_9 + "6.4",
        Case.NO_DATA | Case.COMMAND,
        management.parse_target,
        management.activate_file,
    ),
    CommandRow(
        "GENERATE ASYMMETRIC KEY PAIR",
        0x46,
        _PART_8 + "5.1",
        Case.NO_DATA | Case.RESPONSE | Case.COMMAND | Case.BOTH,
        key_generation.parse_generation,
        key_generation.generate_key_pair,
        executes_once=True,
    ),
    # 47: GENERATE ASYMMETRIC KEY PAIR with an extended header list
    CommandRow(
        "MANAGE CHANNEL",
        0x70,
        _PART_4 + "7.1.2",
        Case.NO_DATA | Case.RESPONSE,
        logical_channels.parse_channel,
        logical_channels.manage_channel,
    ),
    CommandRow(
        "EXTERNAL AUTHENTICATE",
        0x82,
        _PART_4 + "7.5.4",
        Case.NO_DATA | Case.COMMAND | Case.BOTH,
        parse_authentication,
        authentication.external_authenticate,
    ),
    CommandRow(
        "GET CHALLENGE",
        0x84,
        _PART_4 + "7.5.3",
        Case.RESPONSE,
        authentication.parse_challenge,
        authentication.get_challenge,
    ),
    CommandRow(
        "INTERNAL AUTHENTICATE",
        0x88,
        _PART_4 + "7.5.2",
        Case.BOTH,
        parse_authentication,
        authentication.internal_authenticate,
    ),
    CommandRow(
        "SEARCH BINARY",
        0xA0,
        _PART_4 + "7.2.8",
        Case.COMMAND | Case.BOTH,
        binary.parse_place,
        searching.search_binary,
    ),
    CommandRow(
        "SEARCH BINARY",
        0xA1,
        _PART_4 + "7.2.8",
        Case.COMMAND | Case.BOTH,
        offsets.parse_file,
        searching.search_binary_object,
    ),
    CommandRow(
        "SEARCH RECORD",
        0xA2,
        _PART_4 + "7.3.7",
        Case.COMMAND | Case.BOTH,
        searching.parse_search,
        searching.search_record,
    ),
    CommandRow(
        "SELECT",
        0xA4,
        _PART_4 + "7.1.1",
        Case.NO_DATA | Case.RESPONSE | Case.COMMAND | Case.BOTH,
        selection.parse_select,
        selection.select,
    ),
    CommandRow("READ BINARY", 0xB0, _PART_4 + "7.2.3", Case.RESPONSE, binary.parse_place, binary.read_binary),
    CommandRow("READ BINARY", 0xB1, _PART_4 + "7.2.3", Case.BOTH, offsets.parse_file, offsets.read_binary),
    CommandRow("READ RECORD", 0xB2, _PART_4 + "7.3.3", Case.RESPONSE, records.parse_read, records.read_record),
    CommandRow("READ RECORD", 0xB3, _PART_4 + "7.3.3", Case.BOTH, offsets.parse_part_to_read, offsets.read_record),
    CommandRow(
        "GET RESPONSE",
        0xC0,
        _PART_4 + "7.6.1",
        Case.RESPONSE,
        transmission.parse_no_parameters,
        transmission.get_response,
    ),
    CommandRow(
        "ENVELOPE",
        0xC2,
        _PART_4 + "7.6.2",
        Case.COMMAND | Case.BOTH,
        transmission.parse_no_parameters,
        transmission.envelope,
    ),
    CommandRow("GET DATA", 0xCA, _PART_4 + "7.4.2", Case.RESPONSE, data_objects.parse_tag, data_objects.get_data),
    # CB: GET DATA with a tag list
    CommandRow("WRITE BINARY", 0xD0, _PART_4 + "7.2.4", Case.COMMAND, binary.parse_place, binary.write_binary),
    CommandRow("WRITE BINARY", 0xD1, _PART_4 + "7.2.4", Case.COMMAND, offsets.parse_file, offsets.write_binary),
    CommandRow("WRITE RECORD", 0xD2, _PART_4 + "7.3.4", Case.COMMAND, records.parse_write, records.write_record),
    # D1, D7: WRITE and UPDATE BINARY with an offset data object
    CommandRow("UPDATE BINARY", 0xD6, _PART_4 + "7.2.5", Case.COMMAND, binary.parse_place, binary.update_binary),
    CommandRow("UPDATE BINARY", 0xD7, _PART_4 + "7.2.5", Case.COMMAND, offsets.parse_file, offsets.update_binary),
    CommandRow("PUT DATA", 0xDA, _PART_4 + "7.4.3", Case.COMMAND, data_objects.parse_tag, data_objects.put_data),
    CommandRow(
        "PUT DATA",
        0xDB,
        _PART_4 + "7.4.3",
        Case.COMMAND,
        key_import.parse_import,
        key_import.import_key,
    ),
    CommandRow("UPDATE RECORD", 0xDC, _PART_4 + "7.3.5", Case.COMMAND, records.parse_write, records.update_record),
    CommandRow(
        "UPDATE RECORD", 0xDD, _PART_4 + "7.3.5", Case.COMMAND, offsets.parse_part_to_update, offsets.update_record
    ),
    CommandRow("CREATE FILE", 0xE0, _PART_9 + "6.1", Case.COMMAND, management.parse_create, management.create_file),
    CommandRow("APPEND RECORD", 0xE2, _PART_4 + "7.3.6", Case.COMMAND, records.parse_append, records.append_record),
    CommandRow(
        "DELETE FILE",
        0xE4,
        _PART_9 + "6.2",
        Case.NO_DATA | Case.COMMAND,
        management.parse_target,
        management.delete_file,
    ),
    # E6: TERMINATE DF; E8: TERMINATE EF; FE: TERMINATE CARD USAGE
    CommandRow(
        "LIST DIRECTORY",
        0xAA,
        "proprietary, as cards of the TCOS kind have it",
        Case.RESPONSE,
        listing.parse_list,
        listing.list_directory,
        cla=0x80,
    ),
)

ROWS: Final = {row.code: row for row in COMMANDS}
"""The rows by class and instruction byte: ``CLA << 8 | INS``."""
