"""Features of a reader, and the control codes they are asked by (PC/SC part 10, 2.2).

The answer to CM_IOCTL_GET_FEATURE_REQUEST is a list of data objects of six bytes::

    tag (1: the feature)    length (1: 04)    control code (4, big endian on every platform)
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import IntEnum, unique

from scardmgr.winscard.constants import GET_FEATURE_REQUEST, control_code

_CODE_SIZE = 4


@unique
class Feature(IntEnum):
    """The features that readers here can have (FEATURE_*), by their tags."""

    VERIFY_PIN_DIRECT = 0x06
    MODIFY_PIN_DIRECT = 0x07
    IFD_PIN_PROPERTIES = 0x0A
    GET_TLV_PROPERTIES = 0x12


def feature_code(feature: Feature, platform: str = sys.platform) -> int:
    """The control code of a feature. A reader chooses it: here it is that of the request, counted on by the tag."""
    return control_code(GET_FEATURE_REQUEST + feature, platform)


def feature_list(features: Iterable[Feature], platform: str = sys.platform) -> bytes:
    """The answer to CM_IOCTL_GET_FEATURE_REQUEST."""
    return b"".join(
        bytes((feature, _CODE_SIZE)) + feature_code(feature, platform).to_bytes(_CODE_SIZE, "big")
        for feature in features
    )
