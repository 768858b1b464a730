"""The key that an operation of PERFORM SECURITY OPERATION uses, and what it is wanted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from emulator.keys import Key, KeyMaterial, KeyOperation
    from emulator.persistent import ReferenceId
    from emulator.volatile import Environment
    from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
    from iso7816.mechanisms import Mechanism, Scheme


@dataclass(frozen=True, slots=True, eq=False)
class Purpose:
    """What a key is wanted for; one object for each.

    Attributes:
        kind: the template that names the key.
        use: which use of the template.
        operation: what the key must be for.
        schemes: what its mechanism must be one of.
    """

    kind: TemplateKind
    use: int
    operation: KeyOperation
    schemes: Container[Scheme]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KeyInUse:
    """A key that an operation may use.

    Attributes:
        purpose: what for.
        environment: the security environment that named it.
        where: where it lives.
        key: the key.
        material: its value.
        mechanism: what it is used with.
        template: what named it.
    """

    purpose: Purpose
    environment: Environment
    where: ReferenceId
    key: Key
    material: KeyMaterial
    mechanism: Mechanism
    template: ControlReferenceTemplate
