"""P1, P2 and data of the commands that manage environments and work with keys, in words; never a secret's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.ber_tlv import decode_one
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.describe.contents import byte_count, hex_string
from iso7816.describe.file_parameters import data_object, parameters_in_hex
from iso7816.errors import Iso7816Error
from iso7816.key_import import EXTENDED_HEADER_LIST, KeyImport

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.describe.names import Names
    from iso7816.describe.selection import Selection

_ACTIONS = {1: "set", 2: "store", 3: "restore", 4: "erase"}
_TEMPLATES = {
    TemplateKind.AUTHENTICATION: "authentication",
    TemplateKind.KEY_AGREEMENT: "key agreement",
    TemplateKind.HASH: "hash code",
    TemplateKind.CHECKSUM: "cryptographic checksum",
    TemplateKind.SIGNATURE: "digital signature",
    TemplateKind.CONFIDENTIALITY: "confidentiality",
}
_USES = {0x80: "verifying", 0x40: "computing", 0x20: "secure messaging responses", 0x10: "secure messaging commands"}


def masked(apdu: CommandAPDU) -> str:
    """``"4 bytes (masked)"``."""
    return f"{byte_count(apdu.nc)} (masked)" if apdu.data else "no data"


def key_words(reference: bytes, names: Names) -> str:
    """``"key 03 (RSA-2048)"``; the text that a longer reference is."""
    if len(reference) != 1:
        return f"key {hex_string(reference) or 'without reference'}"
    name = names.keys.get(reference[0])
    return f"key {reference[0]:02X}" if name is None else f"key {reference[0]:02X} ({name})"


def manage_security_environment(apdu: CommandAPDU, selection: Selection) -> str:
    """``"set digital signature template for computing: mechanism 43, key 03"``, ``"restore SE 1"``."""
    action = _ACTIONS.get(apdu.p1 & 0x0F)
    if action is None:
        return parameters_in_hex(apdu)
    if action != "set":
        return f"{action} SE {apdu.p2}"
    uses = " and ".join(words for bit, words in _USES.items() if apdu.p1 & bit)
    name = _TEMPLATES.get(TemplateKind(apdu.p2)) if apdu.p2 in TemplateKind.__members__.values() else None
    text = f"set {name or f'{apdu.p2:02X}'} template{f' for {uses}' if uses else ''}"
    return f"{text}: {_content(apdu, selection)}"


def _content(apdu: CommandAPDU, selection: Selection) -> str:
    if apdu.p2 not in TemplateKind.__members__.values():
        return hex_string(apdu.data) or "no data"
    try:
        template = ControlReferenceTemplate.parse(TemplateKind(apdu.p2), apdu.data)
    except Iso7816Error:
        return f"malformed, {hex_string(apdu.data)}"
    return template_words(template, selection.names) or "no data"


def template_words(template: ControlReferenceTemplate, names: Names) -> str:
    """What a template says: ``"mechanism 43, key 03 (RSA-2048)"``; empty where it says nothing."""
    parts = []
    if template.mechanism is not None:
        parts.append(f"mechanism {hex_string(template.mechanism) or 'none'}")
    references = dict.fromkeys(each for each in (template.key, template.private_key) if each is not None)
    parts += [key_words(reference, names) for reference in references]
    if template.initial_value is not None:
        parts.append(f"initial value {hex_string(template.initial_value) or 'zero'}")
    parts += [f"data object {tlv.tag:02X}, {byte_count(len(tlv.value))}" for tlv in template.others]
    return ", ".join(parts)


_OPERATIONS = {
    (0x8E, 0x80): "compute cryptographic checksum",
    (0x9E, 0x9A): "compute digital signature",
    (0x9E, 0xAC): "compute digital signature of the values of data objects",
    (0x9E, 0xBC): "compute digital signature of data objects",
    (0x90, 0x80): "hash",
    (0x90, 0xA0): "hash",
    (0x00, 0xA2): "verify cryptographic checksum",
    (0x00, 0xA8): "verify digital signature",
    (0x00, 0x92): "verify certificate",
    (0x00, 0xAE): "verify certificate",
    (0x00, 0xBE): "verify certificate",
    (0x80, 0x82): "decipher",
    (0x80, 0x84): "decipher",
    (0x80, 0x86): "decipher",
    (0x82, 0x80): "encipher",
    (0x84, 0x80): "encipher",
    (0x86, 0x80): "encipher",
}


def perform_security_operation(apdu: CommandAPDU, _selection: Selection) -> str:
    """Which operation, by the tags in P1 and P2."""
    operation = _OPERATIONS.get((apdu.p1, apdu.p2), f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}")
    return f"{operation}, {masked(apdu)}"


_GENERATIONS = {
    0x00: "generate",
    0x80: "generate, return the public key",
    0x81: "return the public key",
    0x84: "generate, return nothing",
}


def generate_key_pair(apdu: CommandAPDU, selection: Selection) -> str:
    """``"generate, return the public key, key 09"``."""
    generation = _GENERATIONS.get(apdu.p1)
    if generation is None or apdu.ins & 1:
        return parameters_in_hex(apdu)
    if not apdu.data:
        return f"{generation}, implied key"
    try:
        template = ControlReferenceTemplate.from_tlv(decode_one(apdu.data)[0])
    except Iso7816Error:
        return f"{generation}, {byte_count(apdu.nc)}"
    return f"{generation}, {template_words(template, selection.names) or 'implied key'}"


def put_data(apdu: CommandAPDU, selection: Selection) -> str:
    """PUT DATA: of a key which one, and which parts of it; else which data object, and how many bytes."""
    if apdu.ins & 1 and apdu.data[:1] == bytes((EXTENDED_HEADER_LIST,)):
        try:
            imported = KeyImport.parse(apdu.data)
        except Iso7816Error:
            return data_object(apdu, selection)
        kind = "public key" if imported.is_public else "key"
        tags = ", ".join(f"{tag:02X}" for tag, _value in imported.parts)
        which = template_words(imported.reference, selection.names) or _TEMPLATES[imported.reference.kind]
        return f"import of a {kind}: {which}, parts {tags or 'none'}, {masked(apdu)}"
    return data_object(apdu, selection)
