"""The vocabulary of ISO/IEC 7816: values and pure functions, no card, no reader, no input or output.

What is named here is imported from its module when it is first asked for. Each module has one concept::

    icc, forwarding      the seam: everything that can sit in a reader, and what is put around it
    apdu, class_byte, status_words, phrased_code
                         what is said to a card, and what it answers
    atr, interface_bytes, historical_bytes, card_capabilities, data_coding
                         how a card introduces itself
    ats, contactless     the same without contacts, and what its reader answers for it
    ber_tlv, compact_tlv, simple_tlv, offset_objects
                         data objects in their three codings
    file_control, file_descriptor, file_path, access_rules
                         what a card tells of its files
    authentication       cryptograms of INTERNAL and EXTERNAL AUTHENTICATE
    secure_messaging     what protects a dialogue, for both ends of it
    control_reference, mechanisms, key_algorithms
                         what key and mechanism a security operation uses
    asymmetric_keys, digital_signature
                         keys as bytes, and what is computed with them
    describe             APDUs in words
    errors               all that parsing can raise
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.access_rules import (
        AccessModeDF,
        AccessModeEF,
        AuthenticationTemplate,
        CompactRule,
        CompactRules,
        SecurityCondition,
        SecurityEnvironment,
        UsageQualifier,
    )
    from iso7816.apdu import CommandAPDU, ResponseAPDU
    from iso7816.atr import ATR, Convention, InterfaceGroup
    from iso7816.ats import ATS
    from iso7816.authentication import AuthenticationError, KeyType, authentication_token
    from iso7816.ber_tlv import TLV
    from iso7816.card_capabilities import (
        CardCapabilities,
        CardServiceData,
        CardServices,
        CommandCapabilities,
        DirectoryAccess,
        SelectionMethods,
    )
    from iso7816.class_byte import ClassByte, SecureMessaging
    from iso7816.compact_tlv import CompactTLV
    from iso7816.contactless import ContactlessIdentity, contactless_atr
    from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
    from iso7816.cv_certificate import CVCertificate
    from iso7816.data_coding import DataCoding, WriteBehaviour
    from iso7816.errors import (
        APDUError,
        ATRError,
        ATSError,
        CertificateError,
        ContactlessError,
        ControlReferenceError,
        FileControlError,
        InformationError,
        Iso7816Error,
        KeyDataError,
        MechanismError,
        MinutiaeError,
        NamesError,
        PathError,
        TLVError,
    )
    from iso7816.file_control import FileControlParameters, LifeCycle
    from iso7816.file_descriptor import FileDescriptor, FileKind
    from iso7816.file_path import FilePath
    from iso7816.forwarding import ForwardingICC
    from iso7816.historical_bytes import HistoricalBytes, StatusIndicator, StorageCard
    from iso7816.icc import (
        ICC,
        ContactlessICC,
        EndingICC,
        FaultPoint,
        ICCMute,
        ICCRemoved,
        LeavingICC,
        ProtocolAwareICC,
        StartingICC,
        TransmissionProtocol,
    )
    from iso7816.interface_bytes import ClockStop, OperatingClass, SpecificMode, TransmissionFactors
    from iso7816.key_algorithms import KeyAlgorithm
    from iso7816.key_import import KeyImport
    from iso7816.mechanisms import HashAlgorithm, Mechanism, Scheme
    from iso7816.simple_tlv import SimpleTLV
    from iso7816.status_words import SW, StatusWordError

_MODULES = {
    "access_rules": (
        "AccessModeDF",
        "AccessModeEF",
        "AuthenticationTemplate",
        "CompactRule",
        "CompactRules",
        "SecurityCondition",
        "SecurityEnvironment",
        "UsageQualifier",
    ),
    "apdu": ("CommandAPDU", "ResponseAPDU"),
    "atr": ("ATR", "Convention", "InterfaceGroup"),
    "ats": ("ATS",),
    "authentication": ("AuthenticationError", "KeyType", "authentication_token"),
    "ber_tlv": ("TLV",),
    "card_capabilities": (
        "CardCapabilities",
        "CardServiceData",
        "CardServices",
        "CommandCapabilities",
        "DirectoryAccess",
        "SelectionMethods",
    ),
    "class_byte": ("ClassByte", "SecureMessaging"),
    "compact_tlv": ("CompactTLV",),
    "contactless": ("ContactlessIdentity", "contactless_atr"),
    "control_reference": (
        "ControlReferenceTemplate",
        "TemplateKind",
    ),
    "cv_certificate": ("CVCertificate",),
    "data_coding": ("DataCoding", "WriteBehaviour"),
    "errors": (
        "APDUError",
        "ATRError",
        "ATSError",
        "CertificateError",
        "ContactlessError",
        "ControlReferenceError",
        "FileControlError",
        "Iso7816Error",
        "KeyDataError",
        "InformationError",
        "MechanismError",
        "MinutiaeError",
        "NamesError",
        "PathError",
        "TLVError",
    ),
    "file_control": ("FileControlParameters", "LifeCycle"),
    "file_descriptor": ("FileDescriptor", "FileKind"),
    "file_path": ("FilePath",),
    "forwarding": ("ForwardingICC",),
    "historical_bytes": ("HistoricalBytes", "StatusIndicator", "StorageCard"),
    "icc": (
        "ICC",
        "ContactlessICC",
        "EndingICC",
        "FaultPoint",
        "ICCMute",
        "ICCRemoved",
        "LeavingICC",
        "ProtocolAwareICC",
        "StartingICC",
        "TransmissionProtocol",
    ),
    "interface_bytes": ("ClockStop", "OperatingClass", "SpecificMode", "TransmissionFactors"),
    "key_algorithms": ("KeyAlgorithm",),
    "key_import": ("KeyImport",),
    "mechanisms": (
        "HashAlgorithm",
        "Mechanism",
        "Scheme",
    ),
    "simple_tlv": ("SimpleTLV",),
    "status_words": ("SW", "StatusWordError"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ATR",
    "ATS",
    "ICC",
    "SW",
    "TLV",
    "APDUError",
    "ATRError",
    "ATSError",
    "AccessModeDF",
    "AccessModeEF",
    "AuthenticationError",
    "AuthenticationTemplate",
    "CVCertificate",
    "CardCapabilities",
    "CardServiceData",
    "CardServices",
    "CertificateError",
    "ClassByte",
    "ClockStop",
    "CommandAPDU",
    "CommandCapabilities",
    "CompactRule",
    "CompactRules",
    "CompactTLV",
    "ContactlessError",
    "ContactlessICC",
    "ContactlessIdentity",
    "ControlReferenceError",
    "ControlReferenceTemplate",
    "Convention",
    "DataCoding",
    "DirectoryAccess",
    "EndingICC",
    "FaultPoint",
    "FileControlError",
    "FileControlParameters",
    "FileDescriptor",
    "FileKind",
    "FilePath",
    "ForwardingICC",
    "HashAlgorithm",
    "HistoricalBytes",
    "ICCMute",
    "ICCRemoved",
    "InformationError",
    "InterfaceGroup",
    "Iso7816Error",
    "KeyAlgorithm",
    "KeyDataError",
    "KeyImport",
    "KeyType",
    "LeavingICC",
    "LifeCycle",
    "Mechanism",
    "MechanismError",
    "MinutiaeError",
    "NamesError",
    "OperatingClass",
    "PathError",
    "ProtocolAwareICC",
    "ResponseAPDU",
    "Scheme",
    "SecureMessaging",
    "SecurityCondition",
    "SecurityEnvironment",
    "SelectionMethods",
    "SimpleTLV",
    "SpecificMode",
    "StartingICC",
    "StatusIndicator",
    "StatusWordError",
    "StorageCard",
    "TLVError",
    "TemplateKind",
    "TransmissionFactors",
    "TransmissionProtocol",
    "UsageQualifier",
    "WriteBehaviour",
    "authentication_token",
    "contactless_atr",
]


def __getattr__(name: str) -> object:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
