"""The command table of the OpenPGP card: every command of section 7.2, one row each.

CHANGE and RESET work on passwords, everything else waits for them; nothing but SELECT and ACTIVATE FILE is there while
the application is terminated.
"""

from __future__ import annotations

from typing import Final

from emulator.applications.openpgp import data_commands, key_commands, life_cycle, passwords, security_operations
from emulator.applications.openpgp.life_cycle import in_operation, parse_no_parameters
from emulator.command import AnyCommandRow, Case, CommandRow
from emulator.commands import selection, transmission

_SECTION: Final = "OpenPGP card 3.4.1, 7.2."

COMMANDS: Final[tuple[AnyCommandRow, ...]] = (
    CommandRow(
        "VERIFY",
        0x20,
        _SECTION + "2",
        Case.NO_DATA | Case.COMMAND,
        passwords.parse_verify,
        in_operation(passwords.verify),
    ),
    CommandRow(
        "MANAGE SECURITY ENVIRONMENT",
        0x22,
        _SECTION + "18",
        Case.COMMAND,
        security_operations.parse_environment,
        in_operation(security_operations.manage_environment),
    ),
    CommandRow(
        "CHANGE REFERENCE DATA",
        0x24,
        _SECTION + "3",
        Case.COMMAND,
        passwords.parse_change,
        in_operation(passwords.change_reference_data),
    ),
    CommandRow(
        "PERFORM SECURITY OPERATION",
        0x2A,
        _SECTION + "10, 7.2.11, 7.2.12",
        Case.BOTH,
        security_operations.parse_operation,
        in_operation(security_operations.perform),
        executes_once=True,
    ),
    CommandRow(
        "RESET RETRY COUNTER",
        0x2C,
        _SECTION + "4",
        Case.COMMAND,
        passwords.parse_reset,
        in_operation(passwords.reset_retry_counter),
    ),
    CommandRow("ACTIVATE FILE", 0x44, _SECTION + "17", Case.NO_DATA, parse_no_parameters, life_cycle.activate),
    CommandRow(
        "GENERATE ASYMMETRIC KEY PAIR",
        0x47,
        _SECTION + "14",
        Case.COMMAND | Case.BOTH,
        key_commands.parse_generation,
        in_operation(key_commands.generate_key_pair),
        executes_once=True,
    ),
    CommandRow(
        "GET CHALLENGE",
        0x84,
        _SECTION + "15",
        Case.RESPONSE,
        parse_no_parameters,
        in_operation(security_operations.get_challenge),
    ),
    CommandRow(
        "INTERNAL AUTHENTICATE",
        0x88,
        _SECTION + "13",
        Case.BOTH,
        parse_no_parameters,
        in_operation(security_operations.internal_authenticate),
        executes_once=True,
    ),
    CommandRow(
        "SELECT",
        0xA4,
        _SECTION + "1",
        Case.NO_DATA | Case.RESPONSE | Case.COMMAND | Case.BOTH,
        selection.parse_select,
        selection.select,
    ),
    CommandRow(
        "SELECT DATA",
        0xA5,
        _SECTION + "5",
        Case.COMMAND,
        data_commands.parse_occurrence,
        in_operation(data_commands.select_data),
    ),
    CommandRow(
        "GET RESPONSE",
        0xC0,
        _SECTION + "9",
        Case.RESPONSE,
        transmission.parse_no_parameters,
        transmission.get_response,
    ),
    CommandRow(
        "GET DATA",
        0xCA,
        _SECTION + "6",
        Case.RESPONSE,
        data_commands.parse_tag,
        in_operation(data_commands.get_data),
    ),
    CommandRow(
        "GET NEXT DATA",
        0xCC,
        _SECTION + "7",
        Case.RESPONSE,
        data_commands.parse_tag,
        in_operation(data_commands.get_next_data),
    ),
    CommandRow(
        "PUT DATA",
        0xDA,
        _SECTION + "8",
        Case.NO_DATA | Case.COMMAND,
        data_commands.parse_tag,
        in_operation(data_commands.put_data),
    ),
    CommandRow(
        "PUT DATA",
        0xDB,
        _SECTION + "8",
        Case.COMMAND,
        key_commands.parse_import,
        in_operation(key_commands.import_key),
    ),
    CommandRow(
        "TERMINATE DF", 0xE6, _SECTION + "16", Case.NO_DATA, parse_no_parameters, in_operation(life_cycle.terminate)
    ),
)
