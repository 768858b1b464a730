"""The EFs of the application, which hold data objects or a key (GIDS, 7; ISO/IEC 7816-4:2005, 5.3.3).

Values of the application: under ``file`` and the file identifier the life cycle status byte and the file control
parameters as CREATE FILE brought them; under ``object``, the identifier and the tag the value of a data object; under
``key`` and the identifier the key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from emulator.applications.gids.interface import ADMIN_KEY, KEY_FILES, RSA_BITS, TRIPLE_DES, FileType
from emulator.applications.gids.security_status import authorise, can_be_kept
from iso7816.access_rules import CompactRules
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import FileControlError, Iso7816Error
from iso7816.file_control import FileControlParameters, LifeCycle
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.applications.contract import ApplicationValues
    from emulator.command import CardContext

FILE: Final = b"file"
OBJECT: Final = b"object"
KEY: Final = b"key"
_PARAMETERS: Final = frozenset((0x80, 0x81, 0x82, 0x83, 0x8C, 0xA5))
_TEMPLATES: Final = 0xA5


@dataclass(frozen=True)
class StoredFile:
    """An EF.

    Attributes:
        life_cycle: where it is.
        value: its file control parameters, the value of template 62.
    """

    life_cycle: LifeCycle
    value: bytes

    @classmethod
    def new(cls, value: bytes) -> Self:
        """A new file.

        Raises:
            Iso7816Error: its parameters are none, or such that the card could not keep to them.
        """
        file = cls(LifeCycle.CREATION, value)
        file.check()
        return file

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """The file in the value that keeps it."""
        return cls(LifeCycle(stored[0]), stored[1:])

    def to_bytes(self) -> bytes:
        """The value that keeps it."""
        return bytes((self.life_cycle,)) + self.value

    @cached_property
    def parameters(self) -> FileControlParameters:
        """Its file control parameters, with its life cycle status."""
        return replace(FileControlParameters.parse(self.value), life_cycle=self.life_cycle)

    @property
    def fid(self) -> int:
        """File identifier."""
        return self.parameters.fid or 0

    @property
    def kind(self) -> FileType:
        """What it holds."""
        descriptor = self.parameters.descriptor
        if descriptor is None or descriptor.byte not in FileType.__members__.values():
            raise FileControlError("an EF of this card has the descriptor 39 or 18")
        return FileType(descriptor.byte)

    @property
    def rules(self) -> bytes | None:
        """Value of tag 8C."""
        return self.parameters.compact_security

    @cached_property
    def templates(self) -> tuple[ControlReferenceTemplate, ...]:
        """The control reference templates of a key file: what the key may be used for, by which mechanism."""
        (tlv,) = self.parameters.proprietary
        return tuple(ControlReferenceTemplate.from_tlv(each) for each in tlv.children())

    def mechanisms(self, kind: TemplateKind) -> frozenset[int]:
        """The mechanisms of templates of a kind."""
        return frozenset(each.mechanism[0] for each in self.templates if each.kind is kind and each.mechanism)

    @property
    def rsa_bits(self) -> int | None:
        """Bits of the modulus that the key has, ``None``: it is no key of RSA."""
        mechanisms = self.mechanisms(TemplateKind.SIGNATURE) | self.mechanisms(TemplateKind.CONFIDENTIALITY)
        sizes = {RSA_BITS.get(mechanism & 0x0F) for mechanism in mechanisms}
        return sizes.pop() if len(sizes) == 1 else None

    @property
    def is_admin_key(self) -> bool:
        """Whether it holds a key of 3DES for authentication."""
        return self.mechanisms(TemplateKind.AUTHENTICATION) == {TRIPLE_DES}

    def check(self) -> None:
        """Raises Iso7816Error for parameters that the card could not keep to."""
        tags = [tlv.tag for tlv in decode_all(self.value)]
        if self.parameters.fid is None or len(set(tags)) != len(tags) or not _PARAMETERS.issuperset(tags):
            raise FileControlError("expected 82, 83, and maybe 80, 81, 8C and A5")
        if self.rules is not None and not can_be_kept(CompactRules.parse(self.rules)):
            raise FileControlError("expected conditions that name PIN and administrator's key alone")
        is_key = self.kind is FileType.KEY
        if is_key != (_TEMPLATES in tags) or is_key != (self.fid & 0xFF00 == KEY_FILES):
            raise FileControlError("a key file has an identifier B0XX and templates of keys, others have neither")
        if is_key and self.is_admin_key == (self.rsa_bits is not None):
            raise FileControlError("expected one 3DES key for authentication, or a key of RSA of one size")
        # Whoever had a second one would be the administrator, too.
        if is_key and self.is_admin_key != (self.fid == KEY_FILES | ADMIN_KEY):
            raise FileControlError("the administrator's key is that with the reference 80")


def file_key(fid: int) -> bytes:
    """The key under which a file is kept."""
    return FILE + fid.to_bytes(2, "big")


def object_key(fid: int, tag: int) -> bytes:
    """The key under which a data object is kept."""
    return OBJECT + fid.to_bytes(2, "big") + tag.to_bytes((tag.bit_length() + 7) // 8, "big")


def key_key(fid: int) -> bytes:
    """The key under which the key in a key file is kept."""
    return KEY + fid.to_bytes(2, "big")


def tag_in(key: bytes) -> int:
    """The tag of the data object under a key."""
    return int.from_bytes(key[len(OBJECT) + 2 :], "big")


def stored_file(values: ApplicationValues | Mapping[bytes, bytes], fid: int) -> StoredFile:
    """An EF. Raises StatusWordError 6A82."""
    stored = values.get(file_key(fid))
    if stored is None:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    return StoredFile.from_bytes(stored)


def put_file(card: CardContext, file: StoredFile) -> None:
    """Keep an EF."""
    put_values(card, {file_key(file.fid): file.to_bytes()})


def remove_file(card: CardContext, fid: int) -> None:
    """Remove an EF with what is in it."""
    for key in list(_kept(card, fid)):
        card.values.remove(key)


def _kept(card: CardContext, fid: int) -> Iterator[bytes]:
    for prefix in (FILE, OBJECT, KEY):
        yield from card.values.keys(prefix + fid.to_bytes(2, "big"))


def open_file(card: CardContext, fid: int, kind: FileType, mode: int) -> StoredFile:
    """An EF for an operation.

    Args:
        card: the card.
        fid: file identifier.
        kind: what it must hold.
        mode: the access mode bit of the operation.

    Raises:
        StatusWordError: 6A82 there is none, 6981 it holds something else, 6985 it is not yet activated, 6982 its rules
            do not allow it.
    """
    file = stored_file(card.values, fid)
    if file.kind is not kind:
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    if file.life_cycle is not LifeCycle.OPERATIONAL_ACTIVATED:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    authorise(card, file.rules, mode)
    return file


def open_key_file(card: CardContext, reference: int, mode: int) -> StoredFile:
    """The file of a key, by its reference. Raises StatusWordError 6A88 there is none, 6985 and 6982 as above."""
    try:
        return open_file(card, KEY_FILES | reference, FileType.KEY, mode)
    except StatusWordError as refusal:
        if refusal.sw == SW.FILE_NOT_FOUND:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND) from None
        raise


def put_values(card: CardContext, new: Mapping[bytes, bytes]) -> None:
    """Keep values, in place of earlier ones. Raises StatusWordError 6A84 where the card has no room for them."""
    values = card.values
    others = (key for key in values.keys() if key not in new)  # noqa: SIM118 (it is no mapping)
    if sum(len(values[key]) for key in others) + sum(map(len, new.values())) > card.state.identity.memory:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    for key, value in new.items():
        values.put(key, value)


def to_file(data: bytes) -> StoredFile:
    """The file that the data of CREATE FILE describe. Raises StatusWordError 6A80."""
    try:
        (template,) = decode_all(data)
        if template.tag not in (0x62, 0x6F):
            raise FileControlError("expected a template 62 or 6F")
        return StoredFile.new(template.value)
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
