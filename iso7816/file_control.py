"""File control information: FCP, FMD and FCI (ISO/IEC 7816-4:2020, 7.4).

::

    62 L  FCP template: file control parameters
          80 data bytes in the EF       81 allocated bytes         82 file descriptor
          83 file identifier            84 DF name                 88 short EF identifier
          8A life cycle status          8C compact security        8D EF with security environments
          85, A5 proprietary            everything else is kept as it is
    64 L  FMD template: file management data, interindustry data objects
    6F L  FCI template: file control parameters, and the FMD template where there is one
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Final

from iso7816.ber_tlv import TLV, decode_all, decode_one, encode_all
from iso7816.errors import FileControlError
from iso7816.file_descriptor import FileDescriptor, check_range
from iso7816.file_path import MAX_SFI, MIN_SFI

FCP_TEMPLATE: Final = 0x62
FMD_TEMPLATE: Final = 0x64
FCI_TEMPLATE: Final = 0x6F

NO_SFI: Final = 0
"""``FileControlParameters.sfi`` of a file that says it has no short EF identifier (tag 88, empty)."""

_MAX_DF_NAME = 16


@unique
class LifeCycle(IntEnum):
    """Life cycle status (tag 8A; ISO/IEC 7816-4, 7.4.10), each state by its usual byte."""

    NO_INFORMATION = 0x00
    CREATION = 0x01
    INITIALISATION = 0x03
    OPERATIONAL_DEACTIVATED = 0x04
    OPERATIONAL_ACTIVATED = 0x05
    TERMINATED = 0x0C

    @classmethod
    def of(cls, byte: int) -> LifeCycle | None:
        """The state that a status byte codes: 05 and 07 are activated, 04 and 06 deactivated, 0C to 0F terminated.

        ``None`` for a proprietary byte (10 to FF) and one reserved for future use.
        """
        if byte in (4, 6):
            return cls.OPERATIONAL_DEACTIVATED
        if byte in (5, 7):
            return cls.OPERATIONAL_ACTIVATED
        if 0x0C <= byte <= 0x0F:
            return cls.TERMINATED
        return cls(byte) if byte in (0, 1, 3) else None


@dataclass(frozen=True, slots=True)
class FileControlParameters:
    """What a card tells of one file; every field may be absent.

    Attributes:
        descriptor: tag 82.
        fid: tag 83, the file identifier.
        df_name: tag 84, 1 to 16 bytes.
        data_size: tag 80, data bytes in the EF without structural information.
        total_size: tag 81, bytes including structural information.
        sfi: tag 88; 1 to 30, :data:`NO_SFI` for "has none", ``None`` where the tag is absent.
        life_cycle: tag 8A, a :class:`LifeCycle` where the byte is the usual one of a state, else the plain byte.
        compact_security: tag 8C as it stands; :class:`iso7816.access_rules.CompactRules` reads it.
        se_file: tag 8D, the file identifier of the EF that holds the security environments.
        proprietary: data objects 85 and A5, in their order.
        others: every other data object, in its order.
        management_data: the data objects of the FMD template (64).

    Raises:
        FileControlError: a field out of its range.
    """

    descriptor: FileDescriptor | None = None
    fid: int | None = None
    df_name: bytes | None = None
    data_size: int | None = None
    total_size: int | None = None
    sfi: int | None = None
    life_cycle: int | None = None
    compact_security: bytes | None = None
    se_file: int | None = None
    proprietary: tuple[TLV, ...] = field(default=())
    others: tuple[TLV, ...] = field(default=())
    management_data: tuple[TLV, ...] = field(default=())

    def __post_init__(self) -> None:
        check_range("file identifier", self.fid, 0xFFFF)
        check_range("file identifier of the security environments", self.se_file, 0xFFFF)
        check_range("data size", self.data_size, 0xFFFFFFFF)
        check_range("total size", self.total_size, 0xFFFFFFFF)
        check_range("short EF identifier", self.sfi, MAX_SFI)
        check_range("life cycle status", self.life_cycle, 0xFF)
        if self.df_name is not None and not 1 <= len(self.df_name) <= _MAX_DF_NAME:
            raise FileControlError(f"a DF name has 1 to {_MAX_DF_NAME} bytes, not {len(self.df_name)}")
        for tlv in self.proprietary:
            if tlv.tag not in _PROPRIETARY:
                raise FileControlError(f"{tlv.tag:X} is not the tag of proprietary information")
        for tlv in self.others:
            if tlv.tag in _PROPRIETARY or tlv.tag == FMD_TEMPLATE or (tlv.tag in _FIELDS and not _kept_as_is(tlv)):
                raise FileControlError(f"data object {tlv.tag:X} has a field of its own")

    @property
    def effective_sfi(self) -> int | None:
        """The short EF identifier in force: that of tag 88, without the tag the low five bits of the FID.

        ``None`` for a DF, a file that says it has none, a tag 88 of proprietary coding, and where those
        bits are 00000 or 11111.
        """
        if self.descriptor is not None and self.descriptor.kind.is_df:
            return None
        if any(tlv.tag == 0x88 for tlv in self.others):
            return None
        sfi = self.sfi
        if sfi is None and self.fid is not None:
            sfi = self.fid & 0x1F
        return sfi if sfi is not None and MIN_SFI <= sfi <= MAX_SFI else None

    @classmethod
    def parse(cls, value: bytes) -> FileControlParameters:
        """Read file control parameters without their template: the value of 62 or 6F.

        Raises:
            TLVError: not a sequence of data objects.
            FileControlError: a data object badly coded, or one of a kind that occurs once found twice.
        """
        fields: dict[str, object] = {}
        kept: dict[str, list[TLV]] = {"proprietary": [], "others": [], "management_data": []}
        _collect(decode_all(value), fields, kept, nested=False)
        return cls(**fields, **{name: tuple(tlvs) for name, tlvs in kept.items()})  # type: ignore[arg-type]

    @classmethod
    def parse_template(cls, data: bytes) -> FileControlParameters:
        """Read an FCP (62), FMD (64) or FCI (6F) template, the only data object in ``data``.

        Raises:
            TLVError: not one data object.
            FileControlError: another tag, or what :meth:`parse` raises it for.
        """
        template, rest = decode_one(data)
        if rest:
            raise FileControlError(f"{len(rest)} bytes behind the file control template")
        if template.tag == FMD_TEMPLATE:
            return cls(management_data=template.children())
        if template.tag not in (FCP_TEMPLATE, FCI_TEMPLATE):
            raise FileControlError(f"{template.tag:X} is not a file control template: 62, 64 and 6F are")
        return cls.parse(template.value)

    def to_bytes(self) -> bytes:
        """The file control parameters (the value of 62), without the file management data."""
        tlvs: list[TLV] = []
        if self.data_size is not None:
            tlvs.append(TLV(0x80, _encode_size(self.data_size)))
        if self.total_size is not None:
            tlvs.append(TLV(0x81, _encode_size(self.total_size)))
        if self.descriptor is not None:
            tlvs.append(TLV(0x82, self.descriptor.to_bytes()))
        if self.fid is not None:
            tlvs.append(TLV(0x83, self.fid.to_bytes(2, "big")))
        if self.df_name is not None:
            tlvs.append(TLV(0x84, self.df_name))
        if self.sfi is not None:
            tlvs.append(TLV(0x88, b"" if self.sfi == NO_SFI else bytes((self.sfi << 3,))))
        if self.life_cycle is not None:
            tlvs.append(TLV(0x8A, bytes((self.life_cycle,))))
        if self.compact_security is not None:
            tlvs.append(TLV(0x8C, self.compact_security))
        if self.se_file is not None:
            tlvs.append(TLV(0x8D, self.se_file.to_bytes(2, "big")))
        return encode_all((*tlvs, *self.others, *self.proprietary))

    def fcp_template(self) -> bytes:
        """62 L and the file control parameters."""
        return TLV(FCP_TEMPLATE, self.to_bytes()).to_bytes()

    def fmd_template(self) -> bytes:
        """64 L and the file management data; 64 00 where there is none."""
        return TLV.constructed(FMD_TEMPLATE, self.management_data).to_bytes()

    def fci_template(self) -> bytes:
        """6F L, the file control parameters, and the FMD template where there is file management data."""
        value = self.to_bytes()
        if self.management_data:
            value += self.fmd_template()
        return TLV(FCI_TEMPLATE, value).to_bytes()


_PROPRIETARY = frozenset((0x85, 0xA5))
_FIELDS = {
    0x80: "data_size",
    0x81: "total_size",
    0x82: "descriptor",
    0x83: "fid",
    0x84: "df_name",
    0x88: "sfi",
    0x8A: "life_cycle",
    0x8C: "compact_security",
    0x8D: "se_file",
}


def _kept_as_is(tlv: TLV) -> bool:
    """Whether the object is a tag 88 whose coding the standard leaves to the card."""
    value = tlv.value
    return tlv.tag == 0x88 and not (
        not value or (len(value) == 1 and value[0] & 0x07 == 0 and MIN_SFI <= value[0] >> 3 <= MAX_SFI)
    )


def _collect(tlvs: tuple[TLV, ...], fields: dict[str, object], kept: dict[str, list[TLV]], *, nested: bool) -> None:
    """Sort data objects into fields; an FCP template inside an FCI is taken apart once."""
    for tlv in tlvs:
        if tlv.tag == FCP_TEMPLATE and not nested:
            _collect(tlv.children(), fields, kept, nested=True)
        elif tlv.tag == FMD_TEMPLATE:
            kept["management_data"].extend(tlv.children())
        elif tlv.tag in _PROPRIETARY:
            kept["proprietary"].append(tlv)
        elif tlv.tag in _FIELDS and not _kept_as_is(tlv):
            name = _FIELDS[tlv.tag]
            if name in fields:
                raise FileControlError(f"data object {tlv.tag:X} occurs twice")
            fields[name] = _decode_field(tlv)
        else:
            kept["others"].append(tlv)


def _decode_field(tlv: TLV) -> object:
    value = tlv.value
    match tlv.tag:
        case 0x80 | 0x81:
            return int.from_bytes(_sized(tlv, 1, 4), "big")
        case 0x82:
            return FileDescriptor.parse(value)
        case 0x83 | 0x8D:
            return int.from_bytes(_sized(tlv, 2, 2), "big")
        case 0x84:
            return _sized(tlv, 1, _MAX_DF_NAME)
        case 0x88:
            return value[0] >> 3 if value else NO_SFI
        case 0x8A:
            byte = _sized(tlv, 1, 1)[0]
            state = LifeCycle.of(byte)
            return state if state == byte else byte
        case _:
            return value


def _sized(tlv: TLV, least: int, most: int) -> bytes:
    if not least <= len(tlv.value) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise FileControlError(f"data object {tlv.tag:X} has {wanted} bytes, not {len(tlv.value)}")
    return tlv.value


def _encode_size(size: int) -> bytes:
    """At least two bytes, as the standard shows the sizes."""
    return size.to_bytes(max(2, (size.bit_length() + 7) // 8), "big")
