"""The options of a GIDS card in a card definition (``docs/profiles/gids.md``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.applications.gids.interface import ADMIN_KEY_SIZE
from emulator.applications.gids.personalisation import (
    CARD_IDENTIFIER_SIZE,
    container_values,
    initial_values,
    new_values,
)
from emulator.applications.gids.reference_data import LENGTHS
from emulator.definition.pem import to_certificate, to_private_key
from emulator.definition.section import boolean, hex_digits, octets, text
from iso7816.errors import Iso7816Error

if TYPE_CHECKING:
    from emulator.definition.section import Section


def read_options(options: Section) -> dict[bytes, bytes]:
    """The values of a new card.

    Raises:
        CardDefinitionError: an option is wrong.
    """
    is_set_up = options.take("initialised", boolean, True)
    code = octets(LENGTHS[0], LENGTHS[-1])
    # A profile that sets a card up serves for one that is not, too: the rest is read, and is of no account.
    needed = () if is_set_up else (bytes(ADMIN_KEY_SIZE),)
    values = initial_values(
        options.take("pin", code, *needed),
        options.take("admin_key", hex_digits(ADMIN_KEY_SIZE, ADMIN_KEY_SIZE), *needed),
        options.take("card_identifier", hex_digits(CARD_IDENTIFIER_SIZE, CARD_IDENTIFIER_SIZE), None),
        options.take("puk", code, None),
    )
    for section in options.sections("containers"):
        _add_container(section, values)
    return values if is_set_up else new_values()


def _add_container(section: Section, values: dict[bytes, bytes]) -> None:
    key = section.take("pem", to_private_key)
    certificate = section.take("certificate", to_certificate, None)
    name = section.take("name", text, None)
    signs_only = section.take("signs_only", boolean, False)
    section.finish()
    try:
        values.update(container_values(values, key, certificate, name, signs_only=signs_only))
    except Iso7816Error as error:
        raise section.error("pem", f"expected a container that fits: {error}") from None
