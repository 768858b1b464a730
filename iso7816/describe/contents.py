"""Data fields in words: text where it is text, templates spelt out, lengths otherwise."""

from __future__ import annotations

from iso7816.access_rules import CompactRules, SecurityEnvironment
from iso7816.ber_tlv import TLV, decode_one, is_constructed
from iso7816.describe.access_rules import compact_rules, expanded_rules, in_words
from iso7816.describe.interindustry import interindustry
from iso7816.errors import Iso7816Error
from iso7816.expanded_rules import ExpandedRules
from iso7816.file_control import FileControlParameters, LifeCycle
from iso7816.file_descriptor import FileDescriptor
from iso7816.file_path import FilePath, format_fid

_FILE_CONTROL_TEMPLATES = (0x62, 0x64, 0x6F)
_PUBLIC_KEY = 0x7F49
_MAX_DEPTH = 6
_TEXT_LIMIT = 160
_HEX_LIMIT = 32


def byte_count(count: int) -> str:
    """``"1 byte"``, ``"16 bytes"``."""
    return "1 byte" if count == 1 else f"{count} bytes"


def expected(ne: int | None) -> str:
    """Ne in words; 256 and 65536 are what Le 00 and 0000 stand for: all there is, up to so many."""
    if ne is None:
        return "no response data"
    return f"up to {ne} bytes" if ne in (256, 65536) else byte_count(ne)


def hex_string(data: bytes) -> str:
    """Upper-case hex without spaces; what is behind the first 32 bytes is left out."""
    if len(data) > _HEX_LIMIT:
        return f"{data[:_HEX_LIMIT].hex().upper()}... ({len(data)} bytes)"
    return data.hex().upper()


def printable_text(data: bytes) -> str | None:
    """The text that the bytes are, less padding of 00, FF or spaces at the end; ``None`` where they are none.

    Text is UTF-8 of at least two characters, all of them printable.
    """
    stripped = data.rstrip(b"\x00\xff\x20")
    try:
        text = stripped.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(text) < 2 or not text.isprintable():
        return None
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}..."


def spell_out(data: bytes) -> tuple[str, ...]:
    """A data field in lines: a known template spelt out, or the text it is; no line where it is neither."""
    try:
        tlv, rest = decode_one(data)
    except Iso7816Error:
        tlv, rest = TLV(0), b""
    if tlv.tag in interindustry().templates and not rest.strip(b"\x00\xff"):
        return tuple(_template(tlv, depth=0))
    text = printable_text(data)
    return () if text is None else (f'"{text}"',)


def _template(tlv: TLV, depth: int) -> list[str]:
    """The template's name, then its data objects, two spaces further in."""
    indent = "  " * depth
    lines = [f"{indent}{interindustry().templates[tlv.tag]}"]
    if tlv.tag == 0x7B:
        lines += _security_environment(tlv, indent)
        return lines
    try:
        children = tlv.children()
    except Iso7816Error as error:
        return [*lines, f"{indent}  malformed: {error}"]
    is_df = _is_df(tlv.value)
    for child in children:
        if tlv.tag == _PUBLIC_KEY:
            name = interindustry().public_key.get(child.tag, "data object")
            lines.append(f"{indent}  {name} ({child.tag:02X}): {hex_string(child.value) or 'empty'}")
        elif tlv.tag in _FILE_CONTROL_TEMPLATES:
            lines += _file_control_object(child, is_df=is_df, depth=depth + 1)
        else:
            lines += _data_object(child, depth + 1)
    return lines


def _data_object(tlv: TLV, depth: int) -> list[str]:
    table = interindustry()
    if tlv.tag in table.templates and is_constructed(tlv.tag) and depth < _MAX_DEPTH:
        return _template(tlv, depth)
    name = table.data_objects.get(tlv.tag, "data object")
    return [f"{'  ' * depth}{name} ({tlv.tag:02X}): {_value(tlv)}"]


def _value(tlv: TLV) -> str:
    if tlv.tag == 0x51:
        try:
            return str(FilePath.from_bytes(tlv.value))
        except Iso7816Error:
            return hex_string(tlv.value)
    text = None if tlv.tag == 0x4F else printable_text(tlv.value)
    return f'"{text}"' if text is not None else hex_string(tlv.value) or "empty"


def _file_control_object(tlv: TLV, *, is_df: bool, depth: int) -> list[str]:
    table = interindustry()
    if tlv.tag in table.templates and is_constructed(tlv.tag) and depth < _MAX_DEPTH:
        return _template(tlv, depth)
    name = table.file_control.get(tlv.tag)
    if name is None:
        return _data_object(tlv, depth)
    try:
        value = _file_control_value(tlv, is_df=is_df)
    except Iso7816Error as error:
        value = f"{hex_string(tlv.value) or 'empty'}, malformed: {error}"
    return [f"{'  ' * depth}{name} ({tlv.tag:02X}): {value}"]


def _file_control_value(tlv: TLV, *, is_df: bool) -> str:
    """One file control parameter in words; raises our errors where it is malformed."""
    value = tlv.value
    # Parsing the object alone checks its length, whatever else the file control information holds.
    parsed = FileControlParameters.parse(tlv.to_bytes())
    match tlv.tag:
        case 0x80 | 0x81:
            return byte_count(int.from_bytes(value, "big"))
        case 0x82:
            return _descriptor(FileDescriptor.parse(value))
        case 0x83 | 0x8D:
            return format_fid(int.from_bytes(value, "big"))
        case 0x84:
            text = printable_text(value)
            return hex_string(value) if text is None else f'{hex_string(value)} "{text}"'
        case 0x88 if parsed.sfi is not None:
            return str(parsed.sfi) if value else "none"
        case 0x8A:
            state = LifeCycle.of(value[0])
            return f"{value[0]:02X}" if state is None else in_words(state.name)
        case 0x8C:
            return compact_rules(CompactRules.parse(value), is_df=is_df)
        case 0xAB:
            return expanded_rules(ExpandedRules.parse(value), is_df=is_df)
        case _:
            return hex_string(value) or "empty"


def _descriptor(descriptor: FileDescriptor) -> str:
    parts = [in_words(descriptor.kind.name)]
    if descriptor.proprietary_byte is not None:
        parts.append(f"descriptor byte {descriptor.proprietary_byte:02X}")
    if descriptor.internal:
        parts.append("internal")
    if descriptor.shareable:
        parts.append("shareable")
    if descriptor.max_record_size is not None:
        parts.append(f"records of at most {byte_count(descriptor.max_record_size)}")
    if descriptor.max_records is not None:
        parts.append("1 record" if descriptor.max_records == 1 else f"{descriptor.max_records} records")
    return ", ".join(parts)


def _security_environment(tlv: TLV, indent: str) -> list[str]:
    try:
        environment = SecurityEnvironment.parse(tlv.to_bytes())
    except Iso7816Error as error:
        return [f"{indent}  malformed: {error}"]
    lines = [f"{indent}  SEID: {environment.se_id}"]
    for template in environment.authentications:
        usage = "" if template.usage is None or template.usage.name is None else template.usage.name
        words = in_words(usage).replace("|", ", ") or "authentication"
        lines.append(f"{indent}  {words}: reference {template.reference:02X}")
    return lines


def _is_df(value: bytes) -> bool:
    """Whether file control parameters are those of a DF."""
    try:
        descriptor = FileControlParameters.parse(value).descriptor
    except Iso7816Error:
        return False
    return descriptor is not None and descriptor.kind.is_df
