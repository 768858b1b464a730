"""The command table of the application, and what selecting it answers.

GIDS (section 11) is a profile of ISO/IEC 7816: the clauses are those in which the commands are described there.
"""

from __future__ import annotations

from typing import Final

from emulator.applications.gids import (
    administrator,
    data_commands,
    environment,
    file_commands,
    key_generation,
    reference_data,
    security_operation,
)
from emulator.applications.gids.file_commands import parse_no_parameters
from emulator.command import AnyCommandRow, Case, CommandRow
from emulator.commands import selection, transmission

_PART_4: Final = "GIDS 2.0, 11; ISO/IEC 7816-4:2005, "
_PART_8: Final = "GIDS 2.0, 11; ISO/IEC 7816-8:2004, "
_PART_9: Final = "GIDS 2.0, 11; ISO/IEC 7816-9:2004, "
_WITHOUT_DATA: Final = Case.NO_DATA | Case.RESPONSE
_WITH_DATA: Final = Case.COMMAND | Case.BOTH
_ANY: Final = _WITHOUT_DATA | _WITH_DATA

COMMANDS: Final[tuple[AnyCommandRow, ...]] = (
    CommandRow("VERIFY", 0x20, _PART_4 + "7.5.6", _ANY, reference_data.parse_verify, reference_data.verify),
    CommandRow(
        "MANAGE SECURITY ENVIRONMENT",
        0x22,
        _PART_4 + "7.5.11",
        _ANY,
        environment.parse_environment,
        environment.manage_environment,
    ),
    CommandRow(
        "CHANGE REFERENCE DATA",
        0x24,
        _PART_4 + "7.5.7",
        _WITH_DATA,
        reference_data.parse_change,
        reference_data.change_reference_data,
    ),
    CommandRow(
        "PERFORM SECURITY OPERATION",
        0x2A,
        _PART_8 + "5.4, 5.10",
        _WITH_DATA,
        security_operation.parse_operation,
        security_operation.perform,
        executes_once=True,
    ),
    CommandRow(
        "RESET RETRY COUNTER",
        0x2C,
        _PART_4 + "7.5.10",
        _WITH_DATA,
        reference_data.parse_reset,
        reference_data.reset_retry_counter,
    ),
    CommandRow("ACTIVATE FILE", 0x44, _PART_9 + "6.4", _WITHOUT_DATA, parse_no_parameters, file_commands.activate_file),
    CommandRow(
        "GENERATE ASYMMETRIC KEY PAIR",
        0x47,
        _PART_8 + "5.1",
        _WITH_DATA,
        parse_no_parameters,
        key_generation.generate_key_pair,
        executes_once=True,
    ),
    CommandRow(
        "GENERAL AUTHENTICATE",
        0x87,
        _PART_4 + "7.5.5",
        _WITH_DATA,
        parse_no_parameters,
        administrator.general_authenticate,
        executes_once=True,
    ),
    CommandRow("SELECT", 0xA4, _PART_4 + "7.1.1", _ANY, selection.parse_select, file_commands.select),
    CommandRow(
        "GET RESPONSE",
        0xC0,
        _PART_4 + "7.6.1",
        _WITHOUT_DATA,
        transmission.parse_no_parameters,
        transmission.get_response,
    ),
    CommandRow("GET DATA", 0xCB, _PART_4 + "7.4.2", _WITH_DATA, data_commands.parse_place, data_commands.get_data),
    CommandRow("PUT DATA", 0xDB, _PART_4 + "7.4.3", _WITH_DATA, data_commands.parse_place, data_commands.put_data),
    CommandRow("CREATE FILE", 0xE0, _PART_9 + "6.1", _WITH_DATA, parse_no_parameters, file_commands.create_file),
    CommandRow("DELETE FILE", 0xE4, _PART_9 + "6.2", _ANY, parse_no_parameters, file_commands.delete_file),
)
