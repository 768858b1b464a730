"""PUT DATA (odd INS) that imports a key (ISO/IEC 7816-8:2004, annex): P1-P2 3FFF, an extended header list 4D.

What it holds is in :mod:`iso7816.key_import`. A key is imported where the card definition has one, of its algorithm
and size; its counters begin anew. Other data of this command: :mod:`emulator.commands.data_object_lists`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.command_rules import authorise_command
from emulator.commands.key_generation import authorise_change, replace_value
from emulator.current_environment import key_in
from emulator.keys import KeyMaterial
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.key_import import KeyImport
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.keys import Key
    from iso7816.apdu import CommandAPDU


def import_key(card: CardContext, command: CommandAPDU) -> Response:
    """PUT DATA (DB) of a key.

    6A80 the data are no such list, or no key of the algorithm and size; 6A88 no key is named or there; 6985 its DF is
    closed; 6982 its rule ``update`` is not met, or one of its DF.
    """
    try:
        imported = KeyImport.parse(command.data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    where, key = key_in(card, imported.reference.private_key or imported.reference.key)
    authorise_command(card, where[0], command)
    authorise_change(card, where, key.update)
    try:
        material = KeyMaterial(imported.value(key.algorithm), is_public=imported.is_public)
    except KeyDataError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if not _is_of_its_size(key, material):
        raise StatusWordError(SW.WRONG_DATA)
    replace_value(card, where, key, material)
    return b""


def _is_of_its_size(key: Key, material: KeyMaterial) -> bool:
    if key.algorithm.is_secret:
        return len(material.value) == key.secret_length
    from iso7816.asymmetric_keys import key_algorithm

    return key_algorithm(material.public_key())[1] == key.bits
