"""Management commands for key pairs (Yubico, *PIV commands*).

::

    IMPORT KEY   FE algorithm key   01 p  02 q  [03 dp  04 dq  05 qInv], 06 number of a curve, 07 Ed25519, 08 X25519;
                                    [AA PIN policy]  [AB touch policy]
    MOVE KEY     F6 to from         to FF: the key is deleted
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.piv.algorithms import key_pair_algorithm
from emulator.applications.piv.key_generation import PIN_POLICY, TOUCH_POLICY, Policies
from emulator.applications.piv.key_references import ATTESTATION_KEY, SLOTS
from emulator.applications.piv.management import require_extensions
from emulator.applications.piv.security import authorise_administrator
from emulator.applications.piv.stored_keys import KeyPair, Origin, key_pair_key
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.piv.algorithms import Algorithm
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_DELETE: Final = 0xFF
_P, _Q, _DP, _DQ, _Q_INVERSE, _NUMBER, _ED25519, _X25519 = range(1, 9)
_CURVE_PARTS: Final = {KeyAlgorithm.ED25519: _ED25519, KeyAlgorithm.X25519: _X25519}
_EXPONENT: Final = (65537).to_bytes(3, "big")


def parse_import(p1: int, p2: int) -> tuple[Algorithm, int]:
    """Algorithm and key reference. Raises StatusWordError 6A86."""
    algorithm = key_pair_algorithm(p1, extended=True)
    if algorithm is None or p2 not in SLOTS:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return algorithm, p2


def parse_move(p1: int, p2: int) -> tuple[int | None, int]:
    """Where the key goes to (``None``: nowhere) and whence it comes. Raises StatusWordError 6A86."""
    to = None if p1 == _DELETE else p1
    if p2 not in SLOTS or (to is not None and (to not in SLOTS or ATTESTATION_KEY in (to, p2) or to == p2)):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return to, p2


def import_key(card: CardContext, command: CommandAPDU, parameters: tuple[Algorithm, int]) -> Response:
    """IMPORT KEY (FE). 6982 the administrator has not been authenticated; 6A80 no key of the algorithm."""
    require_extensions(card)
    authorise_administrator(card)
    algorithm, reference = parameters
    try:
        tlvs = decode_all(command.data)
        objects = {tlv.tag: tlv.value for tlv in tlvs}
        if len(objects) != len(tlvs):
            raise StatusWordError(SW.WRONG_DATA)
        pkcs8 = _private_key(algorithm, objects)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    policies = Policies.parse(reference, objects)
    pair = KeyPair(algorithm, policies.pin, policies.touch, Origin.IMPORTED, pkcs8)
    card.values.put(key_pair_key(reference), pair.to_bytes())
    return b""


def move_key(card: CardContext, _command: CommandAPDU, parameters: tuple[int | None, int]) -> Response:
    """MOVE KEY (F6). 6982 the administrator has not been authenticated; 6A88 no key there; 6985 one at its goal."""
    require_extensions(card)
    authorise_administrator(card)
    to, source = parameters
    pair = card.values.get(key_pair_key(source))
    if pair is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    if to is not None:
        if key_pair_key(to) in card.values:
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        card.values.put(key_pair_key(to), pair)
    card.values.remove(key_pair_key(source))
    return b""


def _private_key(algorithm: Algorithm, objects: Mapping[int, bytes]) -> bytes:
    """The key in PKCS #8. Raises Iso7816Error where it is none of the algorithm."""
    parts = {tag: value for tag, value in objects.items() if tag not in (PIN_POLICY, TOUCH_POLICY)}
    reference = ControlReferenceTemplate(TemplateKind.SIGNATURE)
    if algorithm.kind is KeyAlgorithm.RSA:
        _check_rsa_parts(algorithm, parts)
        described: tuple[tuple[int, bytes], ...] = ((0x91, _EXPONENT), (0x92, parts[_P]), (0x93, parts[_Q]))
        rest = ((0x94, _Q_INVERSE), (0x95, _DP), (0x96, _DQ))
        described += tuple((tag, parts[part]) for tag, part in rest if part in parts)
        return KeyImport(reference, described).value(algorithm.kind)
    part = _CURVE_PARTS.get(algorithm.kind, _NUMBER)
    if set(parts) != {part}:
        raise StatusWordError(SW.WRONG_DATA)
    return KeyImport(reference, ((0x92, parts[part]),)).value(algorithm.kind)


def _check_rsa_parts(algorithm: Algorithm, parts: Mapping[int, bytes]) -> None:
    """Raises StatusWordError 6A80 unless the primes are there, and have half the bits of the modulus each."""
    if not {_P, _Q} <= set(parts) <= {_P, _Q, _DP, _DQ, _Q_INVERSE}:
        raise StatusWordError(SW.WRONG_DATA)
    p, q = (int.from_bytes(parts[part], "big") for part in (_P, _Q))
    if (p * q).bit_length() != algorithm.bits or p.bit_length() != algorithm.bits // 2:
        raise StatusWordError(SW.WRONG_DATA)
