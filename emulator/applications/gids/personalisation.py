"""What is put into a new card, and what is on one: files and containers, outside of any command.

A card's values are bytes by keys, as :meth:`emulator.Application.define` gives them; what is made here goes into them.
A container has a key, maybe with a certificate: number N the key B081 + N, and the file ``mscp/kxcNN`` (a key for
exchange and signatures) or ``mscp/kscNN`` (for signatures alone), NN in hex digits.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from emulator.applications.gids import base_files
from emulator.applications.gids.base_files import Container, FileEntry, KeyEntry
from emulator.applications.gids.interface import ADMIN_KEY, FIRST_KEY, KEY_FILES, RSA_BITS, TRIPLE_DES, Code, Padding
from emulator.applications.gids.life_cycle import LIFE_CYCLE
from emulator.applications.gids.reference_data import code_key, new_code
from emulator.applications.gids.stored_files import StoredFile, file_key, key_key, object_key
from iso7816.access_rules import UsageQualifier
from iso7816.asymmetric_keys import key_algorithm, load_private_key, private_key_bytes
from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import KeyDataError
from iso7816.file_control import LifeCycle
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey, PublicKey

TABLE: Final = 0xA000
USER_WRITES: Final = 0xA010
ADMINISTRATOR_WRITES: Final = 0xA012
FILE_TABLE: Final = object_key(TABLE, 0xDF1F)
KEY_MAP: Final = object_key(TABLE, 0xDF20)
APPLICATIONS: Final = object_key(USER_WRITES, 0xDF21)
CACHE: Final = object_key(USER_WRITES, 0xDF22)
CONTAINER_MAP: Final = object_key(USER_WRITES, 0xDF23)
CARD_IDENTIFIER: Final = object_key(ADMINISTRATOR_WRITES, 0xDF20)
CARD_IDENTIFIER_SIZE: Final = 16
MAX_CONTAINERS: Final = 126

_FILE_RULES: Final = {
    TABLE: "033000",
    USER_WRITES: "033000",
    0xA011: "0330FF",
    ADMINISTRATOR_WRITES: "032000",
    0xA013: "033030",
    0xA014: "032020",
}
_ADMIN_KEY_RULES: Final = "870020FF"
_KEY_RULES: Final = "8F10101000"
_FIRST_FREE_TAG: Final = 0xDF24
_LAST_TAG: Final = 0xDF7F


@dataclass(frozen=True, slots=True)
class ContainerContent:
    """A container on a card.

    Attributes:
        index: its number.
        name: what it is called.
        bits: of its key's modulus.
        signs_only: whether its key is for signatures alone.
        is_default: whether it is the one that programs take that ask for none.
        public_key: ``None`` where the card has no key.
        certificate: in DER, ``None`` where there is none.
    """

    index: int
    name: str
    bits: int
    signs_only: bool
    is_default: bool
    public_key: PublicKey | None
    certificate: bytes | None


def new_values() -> dict[bytes, bytes]:
    """The values of a card as it comes: without PIN, files and administrator's key, and not yet operational."""
    return {LIFE_CYCLE: bytes((LifeCycle.INITIALISATION,))}


def initial_values(
    pin: bytes, admin_key: bytes, card_identifier: bytes | None = None, puk: bytes | None = None
) -> dict[bytes, bytes]:
    """The values of a card that is set up as Windows wants one, without keys.

    Args:
        pin: 4 to 16 bytes.
        admin_key: 24 bytes.
        card_identifier: 16 bytes; ``None``: random ones.
        puk: 4 to 16 bytes, ``None``: there is none.
    """
    values = {LIFE_CYCLE: bytes((LifeCycle.OPERATIONAL_ACTIVATED,)), code_key(Code.PIN): new_code(Code.PIN, pin)}
    if puk is not None:
        values[code_key(Code.PUK)] = new_code(Code.PUK, puk)
    for fid, rules in _FILE_RULES.items():
        values[file_key(fid)] = _file(0x39, fid, rules)
    template = _template(TemplateKind.AUTHENTICATION, TRIPLE_DES, ADMIN_KEY, UsageQualifier(0xC0))
    fid = KEY_FILES | ADMIN_KEY
    values[file_key(fid)] = _file(0x18, fid, _ADMIN_KEY_RULES, (template,))
    values[key_key(fid)] = admin_key
    root, mscp = base_files.ROOT, base_files.MSCP
    values[FILE_TABLE] = base_files.file_table((
        FileEntry(mscp, "", 0, TABLE),
        FileEntry(root, base_files.CARD_IDENTIFIER, 0xDF20, ADMINISTRATOR_WRITES),
        FileEntry(root, base_files.APPLICATIONS, 0xDF21, USER_WRITES),
        FileEntry(root, base_files.CACHE, 0xDF22, USER_WRITES),
        FileEntry(mscp, base_files.CONTAINER_MAP, 0xDF23, USER_WRITES),
    ))  # fmt: skip
    values[APPLICATIONS] = base_files.NEW_APPLICATIONS
    values[CACHE] = base_files.NEW_CACHE
    values[CONTAINER_MAP] = b""
    values[CARD_IDENTIFIER] = secrets.token_bytes(CARD_IDENTIFIER_SIZE) if card_identifier is None else card_identifier
    return values


def container_values(
    values: Mapping[bytes, bytes],
    key: PrivateKey,
    certificate: bytes | None = None,
    name: str | None = None,
    *,
    signs_only: bool = False,
    index: int | None = None,
) -> dict[bytes, bytes]:
    """The values that put a key into a free container of a card.

    Args:
        values: those of the card, which is set up.
        key: of RSA.
        certificate: of the same key, in DER; ``None``: there is none.
        name: what the container is called, up to 39 characters; ``None``: a UUID.
        signs_only: whether the key is for signatures alone; else it is for exchange, too.
        index: the number of the container; ``None``: the next one.

    Raises:
        KeyDataError: the card takes no such key, the certificate is of another one, the container is taken, or the card
            is not set up.
        InformationError: its files cannot be read, or the name or the certificate is too long.
    """
    algorithm, bits = key_algorithm(key)
    kind = next((each for each, size in RSA_BITS.items() if size == bits), None)
    if algorithm is not KeyAlgorithm.RSA or kind is None:
        raise KeyDataError("the card has keys of RSA of 1024, 2048, 3072 and 4096 bits")
    if FILE_TABLE not in values or CONTAINER_MAP not in values:
        raise KeyDataError("the card is not set up: it has no files")
    containers = list(base_files.read_container_map(values[CONTAINER_MAP]))
    keys = list(base_files.read_key_map(values[KEY_MAP])) if KEY_MAP in values else []
    taken = [number for number, each in enumerate(containers) if each.flags & base_files.VALID]
    if index is None:
        index = next((each for each in range(MAX_CONTAINERS) if each not in taken), MAX_CONTAINERS)
    if index in taken or index not in range(MAX_CONTAINERS):
        raise KeyDataError("the container is taken, or all of them are")
    containers += [Container()] * (index + 1 - len(containers))
    keys += [KeyEntry()] * (len(containers) - len(keys))
    fid = KEY_FILES | FIRST_KEY + index
    flags = base_files.VALID | (0 if any(each.flags & base_files.VALID for each in containers) else base_files.DEFAULT)
    sizes = (bits, 0) if signs_only else (0, bits)
    containers[index] = Container(str(uuid4()) if name is None else name, flags, *sizes)
    keys[index] = KeyEntry(kind, base_files.SIGNATURE if signs_only else base_files.EXCHANGE, fid)
    changed = {
        file_key(fid): _key_file(fid, kind, signs_only=signs_only),
        key_key(fid): private_key_bytes(key),
        CONTAINER_MAP: base_files.container_map(tuple(containers)),
        KEY_MAP: base_files.key_map(tuple(keys)),
        CACHE: base_files.refreshed(values[CACHE]),
    }
    if certificate is not None:
        _check_certificate(certificate, key)
        changed.update(_with_file(values, _certificate_name(index, signs_only), certificate))
    return changed


def containers_of(values: Mapping[bytes, bytes]) -> Iterator[ContainerContent]:
    """The containers of a card, in their order; none where it is not set up.

    Raises:
        InformationError: its files cannot be read.
    """
    files = {
        (each.directory, each.name): values.get(object_key(each.fid, each.tag))
        for each in base_files.read_file_table(values.get(FILE_TABLE, b"\x01"))
    }
    for index, each in enumerate(base_files.read_container_map(values.get(CONTAINER_MAP, b""))):
        if not each.flags & base_files.VALID:
            continue
        signs_only = each.exchange_bits == 0
        key = values.get(key_key(KEY_FILES | FIRST_KEY + index))
        certificate = files.get((base_files.MSCP, _certificate_name(index, signs_only)))
        yield ContainerContent(
            index,
            each.name,
            each.exchange_bits or each.signature_bits,
            signs_only,
            bool(each.flags & base_files.DEFAULT),
            None if key is None else load_private_key(key, check=False).public_key(),
            base_files.read_certificate_file(certificate) if certificate else None,
        )


def values_of(state: PersistentState) -> Mapping[bytes, bytes]:
    """The values of the GIDS application on a card; empty where it has none."""
    df = next((df for df, name in state.applications.items() if name == "gids"), None)
    return {key: value for (number, key), value in state.application_values.items() if number == df}


def _certificate_name(index: int, signs_only: bool) -> str:
    return f"{'ksc' if signs_only else 'kxc'}{index:02X}"


def _check_certificate(certificate: bytes, key: PrivateKey) -> None:
    from cryptography import x509

    try:
        certified = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        raise KeyDataError("no certificate") from None
    if certified != key.public_key():
        raise KeyDataError("the certificate is of another key")


def _with_file(values: Mapping[bytes, bytes], name: str, certificate: bytes) -> dict[bytes, bytes]:
    """The values that make a file of a certificate, in place of an earlier one of its name."""
    entries = base_files.read_file_table(values[FILE_TABLE])
    others = tuple(each for each in entries if (each.directory, each.name) != (base_files.MSCP, name))
    taken = {each.tag for each in others if each.fid == USER_WRITES}
    tag = next((each for each in range(_FIRST_FREE_TAG, _LAST_TAG + 1) if each not in taken), None)
    if tag is None:
        raise KeyDataError("no tag is left for the certificate")
    entry = FileEntry(base_files.MSCP, name, tag, USER_WRITES)
    return {
        FILE_TABLE: base_files.file_table((*others, entry)),
        object_key(USER_WRITES, tag): base_files.certificate_file(certificate),
    }


def _key_file(fid: int, kind: int, *, signs_only: bool) -> bytes:
    reference = fid & 0xFF
    uses = [(TemplateKind.SIGNATURE, Padding.BY_THE_HOST), (TemplateKind.SIGNATURE, Padding.RSASSA_PKCS1)]
    if not signs_only:
        deciphering = (Padding.NONE, Padding.RSAES_OAEP, Padding.RSAES_PKCS1)
        uses = [(TemplateKind.CONFIDENTIALITY, each) for each in deciphering] + uses
    templates = (_template(use, padding | kind, reference, UsageQualifier(0x40)) for use, padding in uses)
    return _file(0x18, fid, _KEY_RULES, tuple(templates))


def _template(kind: TemplateKind, mechanism: int, reference: int, usage: UsageQualifier) -> TLV:
    return ControlReferenceTemplate(kind, bytes((mechanism,)), bytes((reference,)), usage=usage).to_tlv()


def _file(descriptor: int, fid: int, rules: str, templates: tuple[TLV, ...] = ()) -> bytes:
    """The value that keeps an EF that is activated."""
    tlvs = [TLV(0x82, bytes((descriptor,))), TLV(0x83, fid.to_bytes(2, "big")), TLV(0x8C, bytes.fromhex(rules))]
    if templates:
        tlvs.append(TLV.constructed(0xA5, templates))
    return replace(StoredFile.new(encode_all(tlvs)), life_cycle=LifeCycle.OPERATIONAL_ACTIVATED).to_bytes()
