"""The GIDS card as an application of the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from emulator.applications.contract import Application
from emulator.applications.gids.command_table import COMMANDS
from emulator.applications.gids.definition import read_options
from emulator.applications.gids.file_commands import df_information
from emulator.commands.selection import parse_select
from iso7816.status_words import SW

if TYPE_CHECKING:
    from emulator.applications.personalisation import Personalisation
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.definition.section import Section
    from iso7816.apdu import CommandAPDU


class GIDSCard(Application):
    """GIDS, version 2. A reset selects it, and it has the card to itself while it is selected."""

    NAME: ClassVar[str] = "gids"
    COMMANDS: ClassVar[tuple[AnyCommandRow, ...]] = COMMANDS
    KEEPS_CARD_COMMANDS: ClassVar[bool] = False
    SELECTED_AFTER_RESET: ClassVar[bool] = True
    LENIENT_LE: ClassVar[bool] = True
    WITHOUT_SESSION: ClassVar[SW] = SW.SECURE_MESSAGING_UNSUPPORTED

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """A new card; ``definition`` has the options."""
        return read_options(options)

    @classmethod
    def personalisation(cls) -> Personalisation:
        """Containers, PIN and PUK."""
        from emulator.applications.gids.issuing import GIDSPersonalisation

        return GIDSPersonalisation()

    @classmethod
    def select(cls, card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        """The application template 61 (P2 00), FCP or FMD of the DF, or nothing."""
        del control_information
        return df_information(card, parse_select(command.p1, command.p2).answer)
