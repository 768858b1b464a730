"""P1, P2 and data of the commands that verify, authenticate and manage keys, in words; never a secret's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.describe.contents import expected
from iso7816.describe.file_parameters import parameters_in_hex
from iso7816.describe.key_operations import key_words, masked

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.describe.selection import Selection


def chv(apdu: CommandAPDU, selection: Selection) -> str:
    """``"CHV 01"``, ``"CHV 81 (local)"``, or its name."""
    if apdu.p2 == 0:
        return "CHV (no reference given)"
    name = selection.names.chvs.get(apdu.p2)
    if name is None:
        return f"CHV {apdu.p2:02X} (local)" if apdu.p2 & 0x80 else f"CHV {apdu.p2:02X}"
    return f"CHV {apdu.p2:02X} ({name})"


def key(apdu: CommandAPDU, selection: Selection) -> str:
    """``"key 01 (AES-128), algorithm 09"``; P1 or P2 00 means that it is known already."""
    text = "implied key" if apdu.p2 == 0 else key_words(bytes((apdu.p2,)), selection.names)
    return text if apdu.p1 == 0 else f"{text}, algorithm {apdu.p1:02X}"


def verify(apdu: CommandAPDU, selection: Selection) -> str:
    """``"CHV 01, 4 bytes (masked)"``; without data it asks for the state."""
    if apdu.p1 == 0xFF:
        return f"{chv(apdu, selection)}, back to not verified"
    if apdu.p1 != 0:
        return parameters_in_hex(apdu)
    return f"{chv(apdu, selection)}, {masked(apdu) if apdu.data else 'state query'}"


def change_reference_data(apdu: CommandAPDU, selection: Selection) -> str:
    """What the data field holds, by P1."""
    what = {0: "old and new", 1: "new"}.get(apdu.p1)
    return _with_content(apdu, selection, what)


def reset_retry_counter(apdu: CommandAPDU, selection: Selection) -> str:
    """What the data field holds, by P1."""
    what = {0: "resetting code and new", 1: "resetting code", 2: "new", 3: ""}.get(apdu.p1)
    return _with_content(apdu, selection, what)


def verification_requirement(apdu: CommandAPDU, selection: Selection) -> str:
    """What the data field holds, by P1."""
    return _with_content(apdu, selection, {0: "verification data", 1: ""}.get(apdu.p1))


def _with_content(apdu: CommandAPDU, selection: Selection, what: str | None) -> str:
    if what is None:
        return f"{chv(apdu, selection)}, P1 {apdu.p1:02X}, {masked(apdu)}"
    parts = [chv(apdu, selection), what, masked(apdu)]
    return ", ".join(part for part in parts if part)


def authenticate(apdu: CommandAPDU, selection: Selection) -> str:
    """INTERNAL, EXTERNAL, MUTUAL and GENERAL AUTHENTICATE: key, algorithm and how many bytes."""
    return f"{key(apdu, selection)}, {masked(apdu)}"


def get_challenge(apdu: CommandAPDU, _selection: Selection) -> str:
    """How many bytes."""
    text = expected(apdu.ne)
    return text if apdu.p1 == 0 else f"algorithm {apdu.p1:02X}, {text}"


def manage_channel(apdu: CommandAPDU, _selection: Selection) -> str:
    """``"open a channel"``, ``"close channel 2"``."""
    if apdu.p1 == 0x00:
        return "open a channel, the card chooses" if apdu.p2 == 0 else f"open channel {apdu.p2}"
    if apdu.p1 == 0x80:
        return "close this channel" if apdu.p2 == 0 else f"close channel {apdu.p2}"
    return parameters_in_hex(apdu)


def concealed(apdu: CommandAPDU, _selection: Selection) -> str:
    """P1, P2 and how many bytes."""
    return f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}, {masked(apdu)}"
