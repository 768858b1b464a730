"""The OpenPGP card as an application of the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from emulator.applications.contract import Application
from emulator.applications.openpgp.command_table import COMMANDS
from emulator.applications.openpgp.definition import read_options
from emulator.applications.openpgp.life_cycle import is_terminated
from emulator.applications.openpgp.secure_messaging import session_of_one_command
from iso7816.apdu import ResponseAPDU
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.personalisation import Personalisation
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.definition.section import Section
    from emulator.session import Session
    from iso7816.apdu import CommandAPDU


class OpenPGPCard(Application):
    """OpenPGP card 3.4.1. The name of its DF is the whole application identifier, with version and serial number."""

    NAME: ClassVar[str] = "openpgp"
    COMMANDS: ClassVar[tuple[AnyCommandRow, ...]] = COMMANDS
    KEEPS_CARD_COMMANDS: ClassVar[bool] = False
    FIRST_USE = ("iso7816.openpgp.session",)

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """A new card; ``definition`` has the options."""
        return read_options(options)

    @classmethod
    def personalisation(cls) -> Personalisation:
        """Three slots, PW1 and PW3."""
        from emulator.applications.openpgp.issuing import OpenPGPPersonalisation

        return OpenPGPPersonalisation()

    @classmethod
    def select(cls, card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        """Control information as of any DF; with 6285 where the application is terminated."""
        del command
        return (
            ResponseAPDU(control_information, SW.FILE_TERMINATED) if is_terminated(card.values) else control_information
        )

    @classmethod
    def session_of_one_command(cls, card: CardContext) -> Session:
        """Secure messaging with static keys: 6882 where the card has none, 6987 without keys or challenge.

        6285 while the application is terminated: it gives no challenge then.
        """
        if is_terminated(card.values):
            raise StatusWordError(SW.FILE_TERMINATED)
        return session_of_one_command(card)
