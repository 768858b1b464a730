"""Keys of a card definition: the array ``keys``.

A key has one of ``value`` (secret keys), ``pem`` (key pairs, or public keys alone), ``generated = true`` (made with
the card) and ``empty = true`` (to be generated or imported by a command). For device authentication it is two:
``value`` is K.ENC, ``checksum_value`` K.MAC.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from emulator.definition.pem import read_pem
from emulator.definition.rules import to_requirement
from emulator.definition.secrets import MAX_TRIES, FindDF, read_where
from emulator.definition.section import Section, boolean, choice, hex_digits, integer, list_of
from emulator.errors import CardDefinitionError
from emulator.keys import BETWEEN_DEVICES, OPERATION_NAMES, Key, KeyMaterial, KeyOperation, possible_operations
from emulator.requirement import Requirement
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import MECHANISMS

if TYPE_CHECKING:
    from emulator.persistent import ReferenceId

_MAX_USES: Final = 0x7FFFFFFF
_SOURCES: Final = ("value", "pem", "generated", "empty")
_DEVICE_KEY_LENGTH: Final = 16
"""Bytes in K.ENC, and in K.MAC."""
_BLOCK_CIPHERS: Final = (KeyAlgorithm.AES, KeyAlgorithm.TRIPLE_DES)


def read_key(section: Section, find_df: FindDF, *, check: bool = True) -> tuple[ReferenceId, Key]:
    """One element of ``keys``.

    Args:
        section: the table.
        find_df: finds the DF of a local key.
        check: whether the numbers of a key in ``pem`` are tried; what comes with the package was tried before.
    """
    where = read_where(section, find_df)
    algorithm = section.take("type", choice({each.value: each for each in KeyAlgorithm}))
    is_given = "value" in section
    bits, material = _read_value(section, algorithm, check=check)
    operations = _read_usage(section, algorithm, material)
    if KeyOperation.DEVICE_AUTHENTICATION in operations:
        material = _between_devices(section, operations, material if is_given else None)
    tries = section.take("tries", _optional(1, MAX_TRIES), None)
    uses = section.take("uses", _optional(1, _MAX_USES), None)
    key = Key(
        algorithm,
        bits,
        material,
        operations=operations,
        mechanisms=_read_mechanisms(section, algorithm),
        max_tries=tries,
        tries_left=tries,
        max_uses=uses,
        uses_left=uses,
        chv_each_time=section.take("chv_each_time", boolean, default=False),
        use=section.take("use", to_requirement, Requirement.ALWAYS),
        generate=section.take("generate", to_requirement, Requirement.NEVER),
        update=section.take("update", to_requirement, Requirement.NEVER),
        read=section.take("read", to_requirement, Requirement.ALWAYS),
    )
    section.finish()
    if key.chv_each_time and not key.use.chvs:
        raise section.error("chv_each_time", "expected a rule use that names a CHV")
    return where, key


def _read_value(section: Section, algorithm: KeyAlgorithm, *, check: bool) -> tuple[int, KeyMaterial | None]:
    """Bits and value, from the one of the four keys that the table has."""
    allowed = _SOURCES[:1] + _SOURCES[2:] if algorithm.is_secret else _SOURCES[1:]
    given = [source for source in _SOURCES if source in section]
    if len(given) != 1 or given[0] not in allowed:
        raise section.error(given[-1] if given else allowed[0], f"expected one of {', '.join(allowed)}")
    match given[0]:
        case "value":
            return _read_secret(section, algorithm)
        case "pem":
            return read_pem(section, algorithm, check=check)
        case source:
            if not section.take(source, boolean):
                raise section.error(source, "expected true, where it is given")
            bits = _read_size(section, algorithm)
            return bits, _generate(algorithm, bits) if source == "generated" else None


def _read_secret(section: Section, algorithm: KeyAlgorithm) -> tuple[int, KeyMaterial]:
    value = section.take("value", hex_digits(1, algorithm.sizes[-1] // 8))
    if len(value) * 8 not in algorithm.sizes:
        sizes = algorithm.sizes
        several = f"{sizes[0] // 8} to {sizes[-1] // 8}" if len(sizes) > 3 else " or ".join(str(n // 8) for n in sizes)
        raise section.error("value", f"expected {several} bytes")
    return len(value) * 8, KeyMaterial(value)


def _read_size(section: Section, algorithm: KeyAlgorithm) -> int:
    """The key ``size``, in bits, for algorithms whose keys differ in it."""
    sizes = algorithm.sizes
    if len(sizes) == 1:
        return sizes[0]
    bits = section.take("size", integer(sizes[0], sizes[-1]))
    if bits not in sizes:
        several = f"a multiple of {sizes[1] - sizes[0]}" if len(sizes) > 3 else " or ".join(map(str, sizes))
        raise section.error("size", f"expected {several} bits")
    return bits


def _generate(algorithm: KeyAlgorithm, bits: int) -> KeyMaterial:
    if algorithm.is_secret:
        return KeyMaterial(os.urandom(bits // 8))
    from iso7816.asymmetric_keys import generate_private_key, private_key_bytes

    return KeyMaterial(private_key_bytes(generate_private_key(algorithm, bits)))


def _read_usage(section: Section, algorithm: KeyAlgorithm, material: KeyMaterial | None) -> KeyOperation:
    """The key ``usage``. Keys of block ciphers may do without it: they were for authentication first."""
    words = section.take("usage", list_of(choice(OPERATION_NAMES)), *_default_usage(algorithm))
    usage = KeyOperation(0)
    for index, operation in enumerate(words):
        if operation not in possible_operations(algorithm, public=material is not None and material.is_public):
            kind = "public key" if material is not None and material.is_public else "key"
            raise CardDefinitionError(
                f"{section.key_path('usage')}[{index}]", f"expected what a {kind} of {algorithm.value} can do"
            )
        usage |= operation
    return usage


def _default_usage(algorithm: KeyAlgorithm) -> tuple[list[KeyOperation], ...]:
    return ([KeyOperation.INTERNAL, KeyOperation.EXTERNAL],) if algorithm in _BLOCK_CIPHERS else ()


def _between_devices(section: Section, operations: KeyOperation, material: KeyMaterial | None) -> KeyMaterial:
    """K.ENC and K.MAC, one behind the other."""
    size = _DEVICE_KEY_LENGTH
    if operations != BETWEEN_DEVICES:
        words = " and ".join(f'"{word}"' for word in BETWEEN_DEVICES.words)
        raise section.error("usage", f"expected {words} and nothing else, where devices authenticate each other")
    if material is None:
        raise section.error("value", "expected K.ENC of the device authentication: such keys are given")
    if len(material.value) != size:
        raise section.error("value", f"expected {size} bytes: K.ENC of the device authentication")
    return KeyMaterial(material.value + section.take("checksum_value", hex_digits(size, size, str(size))))


def _read_mechanisms(section: Section, algorithm: KeyAlgorithm) -> frozenset[int]:
    names = {each.name: each.reference for each in MECHANISMS.values() if algorithm in each.keys}
    none: list[int] = []
    return frozenset(section.take("algorithms", list_of(choice(names)), none))


def _optional(low: int, high: int) -> Callable[[Any, str], int | None]:
    """An integer, or nothing."""

    def to_integer(value: Any, path: str) -> int | None:
        return integer(low, high)(value, path)

    return to_integer
