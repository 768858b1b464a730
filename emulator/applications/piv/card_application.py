"""The application: its command table (SP 800-73-5, part 2, 3), and the management commands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from emulator.applications.contract import Application
from emulator.applications.piv import (
    attestation,
    authentication,
    data_access,
    key_generation,
    key_management,
    management,
    verification,
)
from emulator.applications.piv.definition import define
from emulator.command import Case, CommandRow
from emulator.commands import transmission
from iso7816.status_words import SW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.personalisation import Personalisation
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.definition.section import Section
    from iso7816.apdu import CommandAPDU

_PART_2: Final = "SP 800-73-5, part 2, "
_YUBICO: Final = "Yubico, PIV commands"
_DATA: Final = Case.COMMAND | Case.BOTH
_NO_DATA: Final = Case.NO_DATA | Case.RESPONSE


class PIVCard(Application):
    """The PIV card application. It is selected by a reset, and has the card to itself while it is selected.

    Its rows do not look at Le: see ``LENIENT_LE``.
    """

    NAME = "piv"
    KEEPS_CARD_COMMANDS = False
    SELECTED_AFTER_RESET = True
    LENIENT_LE = True
    WITHOUT_SESSION = SW.SECURITY_STATUS_NOT_SATISFIED
    FIRST_USE = ("cryptography.x509", "emulator.applications.piv.secure_channel")  # for an attestation, and for SELECT
    COMMANDS: ClassVar[tuple[AnyCommandRow, ...]] = (
        CommandRow(
            "VERIFY",
            0x20,
            _PART_2 + "3.2.1",
            _NO_DATA | _DATA,
            verification.parse_verification,
            verification.verify,
        ),
        CommandRow(
            "CHANGE REFERENCE DATA",
            0x24,
            _PART_2 + "3.2.2",
            _DATA,
            verification.parse_change,
            verification.change_reference_data,
        ),
        CommandRow(
            "RESET RETRY COUNTER",
            0x2C,
            _PART_2 + "3.2.3",
            _DATA,
            verification.parse_change,
            verification.reset_retry_counter,
        ),
        CommandRow(
            "GENERATE ASYMMETRIC KEY PAIR",
            0x47,
            _PART_2 + "3.3.2",
            _DATA,
            key_generation.parse_generation,
            key_generation.generate_key_pair,
            executes_once=True,
        ),
        CommandRow(
            "GENERAL AUTHENTICATE",
            0x87,
            _PART_2 + "3.2.4",
            _DATA,
            authentication.parse_key_use,
            authentication.general_authenticate,
            executes_once=True,
        ),
        CommandRow(
            "SELECT",
            0xA4,
            _PART_2 + "3.1.1",
            _DATA,
            data_access.parse_selection,
            data_access.select,
        ),
        CommandRow(
            "GET RESPONSE",
            0xC0,
            "ISO/IEC 7816-4:2020, 11.8.1",
            _NO_DATA,
            transmission.parse_no_parameters,
            transmission.get_response,
        ),
        CommandRow("GET DATA", 0xCB, _PART_2 + "3.1.2", _DATA, data_access.parse_data, data_access.get_data),
        CommandRow("PUT DATA", 0xDB, _PART_2 + "3.3.1", _DATA, data_access.parse_data, data_access.put_data),
        CommandRow("MOVE KEY", 0xF6, _YUBICO, _NO_DATA, key_management.parse_move, key_management.move_key),
        CommandRow("GET METADATA", 0xF7, _YUBICO, _NO_DATA, management.parse_reference, management.get_metadata),
        CommandRow("GET SERIAL", 0xF8, _YUBICO, _NO_DATA, management.parse_nothing, management.get_serial),
        CommandRow("ATTEST", 0xF9, _YUBICO, _NO_DATA, attestation.parse_slot, attestation.attest),
        CommandRow("SET PIN RETRIES", 0xFA, _YUBICO, _NO_DATA, management.parse_tries, management.set_pin_retries),
        CommandRow("RESET", 0xFB, _YUBICO, _NO_DATA, management.parse_nothing, management.reset),
        CommandRow("GET VERSION", 0xFD, _YUBICO, _NO_DATA, management.parse_nothing, management.get_version),
        CommandRow(
            "IMPORT KEY",
            0xFE,
            _YUBICO,
            _DATA,
            key_management.parse_import,
            key_management.import_key,
        ),
        CommandRow(
            "SET MANAGEMENT KEY",
            0xFF,
            _YUBICO,
            _DATA,
            management.parse_touch,
            management.set_management_key,
        ),
    )

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """What ``options`` may be: docs/profiles/piv.md."""
        return define(options)

    @classmethod
    def personalisation(cls) -> Personalisation:
        """The slots of SP 800-73-5, PIN and PUK."""
        from emulator.applications.piv.issuing import PIVPersonalisation

        return PIVPersonalisation()

    @classmethod
    def select(cls, card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        """The application property template."""
        del command, control_information
        return data_access.application_property_template(card)
