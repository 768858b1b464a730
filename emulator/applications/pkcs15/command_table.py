"""The application: its command table, and what selecting it answers.

The interface is what OpenSC's programs send and take through their driver isoApplet; the clauses are those of
ISO/IEC 7816-4:2005, 7816-8:2004 and 7816-9:2004, which the commands follow in what that leaves open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from emulator.applications.contract import Application
from emulator.applications.pkcs15 import (
    environment,
    file_system,
    key_generation,
    key_import,
    reference_data,
    security_operation,
    settings,
)
from emulator.applications.pkcs15.access_conditions import LOCAL_PIN
from emulator.applications.pkcs15.interface import InterfaceVersion
from emulator.command import Case, CommandRow
from emulator.commands import authentication, binary, logical_channels, management, selection
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.personalisation import Personalisation
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.definition.section import Section
    from emulator.persistent import CHV
    from iso7816.apdu import CommandAPDU

_PART_4: Final = "ISO/IEC 7816-4:2005, "
_PART_8: Final = "ISO/IEC 7816-8:2004, "
_PART_9: Final = "ISO/IEC 7816-9:2004, "
_VERSION_AND_FEATURES: Final = 0x0101
_WITHOUT_DATA: Final = Case.NO_DATA | Case.RESPONSE
_WITH_DATA: Final = Case.COMMAND | Case.BOTH
_ANY: Final = _WITHOUT_DATA | _WITH_DATA


def parse_data_object(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A88 unless P1 and P2 are 0101."""
    if p1 << 8 | p2 != _VERSION_AND_FEATURES:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)


def get_data(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """GET DATA (CA) of the version and the features; 6D00 in version 0 of the interface, which has no such command."""
    if settings.interface_version(card) is InterfaceVersion.V0:
        raise StatusWordError(SW.INS_UNSUPPORTED)
    return settings.version_and_features(card)


class PKCS15(Application):
    """Files, a PIN with its PUK, and sixteen private keys."""

    NAME = "pkcs15"
    KEEPS_CARD_COMMANDS = False
    LENIENT_LE = True
    COMMANDS: ClassVar[tuple[AnyCommandRow, ...]] = (
        CommandRow(
            "VERIFY",
            0x20,
            _PART_4 + "7.5.6",
            _ANY,
            reference_data.parse_pin,
            reference_data.verify,
        ),
        CommandRow(
            "MANAGE SECURITY ENVIRONMENT",
            0x22,
            _PART_4 + "7.5.11",
            _WITH_DATA,
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
            reference_data.parse_pin,
            reference_data.reset_retry_counter,
        ),
        CommandRow(
            "GENERATE ASYMMETRIC KEY PAIR",
            0x46,
            _PART_8 + "5.1",
            _ANY,
            key_generation.parse_generation,
            key_generation.generate_key_pair,
            executes_once=True,
        ),
        CommandRow(
            "MANAGE CHANNEL",
            0x70,
            _PART_4 + "7.1.2",
            _WITHOUT_DATA,
            logical_channels.parse_channel,
            logical_channels.manage_channel,
            executes_once=True,
        ),
        CommandRow(
            "GET CHALLENGE",
            0x84,
            _PART_4 + "7.5.3",
            _WITHOUT_DATA,
            authentication.parse_challenge,
            authentication.get_challenge,
        ),
        CommandRow(
            "SELECT",
            0xA4,
            _PART_4 + "7.1.1",
            _ANY,
            selection.parse_select,
            file_system.select,
        ),
        CommandRow("READ BINARY", 0xB0, _PART_4 + "7.2.3", _WITHOUT_DATA, binary.parse_place, binary.read_binary),
        CommandRow("GET DATA", 0xCA, _PART_4 + "7.4.2", _WITHOUT_DATA, parse_data_object, get_data),
        CommandRow("UPDATE BINARY", 0xD6, _PART_4 + "7.2.5", _WITH_DATA, binary.parse_place, binary.update_binary),
        CommandRow("PUT DATA", 0xDB, _PART_4 + "7.4.3", _WITH_DATA, key_import.parse_import, key_import.import_key),
        CommandRow("CREATE FILE", 0xE0, _PART_9 + "6.1", _WITH_DATA, management.parse_create, file_system.create_file),
        CommandRow(
            "DELETE FILE",
            0xE4,
            _PART_9 + "6.2",
            _ANY,
            management.parse_target,
            file_system.delete_file,
        ),
    )

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """``interface``: 0 or 1, the version; ``key_import``: whether private keys may come from outside."""
        return settings.read_settings(options)

    @classmethod
    def define_chvs(cls, options: Section) -> Mapping[int, CHV]:
        """The PIN, which is not yet set."""
        del options
        return {LOCAL_PIN: reference_data.new_pin()}

    @classmethod
    def personalisation(cls) -> Personalisation:
        """Sixteen slots, PIN and PUK."""
        from emulator.applications.pkcs15.issuing import PKCS15Personalisation

        return PKCS15Personalisation()

    @classmethod
    def select(cls, card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        """Version and features in version 0, nothing in version 1; the PIN is verified no more."""
        del command, control_information
        reference_data.log_out(card)
        return settings.version_and_features(card) if _tells_at_selection(card) else b""


def _tells_at_selection(card: CardContext) -> bool:
    return settings.interface_version(card) is InterfaceVersion.V0
