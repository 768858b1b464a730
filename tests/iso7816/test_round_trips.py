"""What is built parses back, for every kind of value there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import ber_tlv, compact_tlv, simple_tlv
from iso7816.access_rules import (
    AuthenticationTemplate,
    CompactRule,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
    UsageQualifier,
)
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.atr import ATR, MAX_ATR_SIZE, Convention, InterfaceGroup
from iso7816.ber_tlv import TLV
from iso7816.card_capabilities import (
    CardCapabilities,
    CardServiceData,
    CardServices,
    CommandCapabilities,
    DirectoryAccess,
    SelectionMethods,
)
from iso7816.class_byte import ClassByte, is_interindustry
from iso7816.compact_tlv import CompactTLV
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.cv_certificate import CVCertificate
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.errors import ATRError, FileControlError
from iso7816.expanded_rules import CommandPattern, ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules
from iso7816.file_control import FileControlParameters, LifeCycle
from iso7816.file_descriptor import FileDescriptor, FileKind
from iso7816.file_path import FilePath
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator, StorageCard
from iso7816.interface_bytes import ClockStop, OperatingClass, SpecificMode
from iso7816.simple_tlv import SimpleTLV

byte = st.integers(0, 0xFF)
maybe_byte = st.none() | byte
fid = st.integers(0, 0xFFFF)

primitive_tag = st.sampled_from((0x42, 0x50, 0x53, 0x5C, 0x87, 0x8E, 0xC0, 0x5F2D, 0x9F02, 0x5F8101))
constructed_tag = st.sampled_from((0x61, 0x73, 0xA0, 0xB4, 0x7F4E, 0xBF0C, 0x7F8101))
primitive = st.builds(TLV, primitive_tag, st.binary(max_size=40))
data_object = st.recursive(
    primitive,
    lambda children: st.builds(TLV.constructed, constructed_tag, st.lists(children, max_size=3)),
    max_leaves=8,
)


@given(st.lists(data_object, max_size=6))
def test_ber_tlv(tlvs: list[TLV]) -> None:
    assert list(ber_tlv.decode_all(ber_tlv.encode_all(tlvs))) == tlvs


@given(st.lists(primitive_tag | constructed_tag, max_size=8))
def test_a_tag_list(tags: list[int]) -> None:
    data = b"".join(tag.to_bytes((tag.bit_length() + 7) // 8, "big") for tag in tags)
    assert list(ber_tlv.decode_tags(data)) == tags


@given(st.integers(0x40, 0x10000), st.sampled_from((0x42, 0x5F2D, 0x5F8101)))
def test_ber_tlv_of_any_size_takes_the_shortest_length(size: int, tag: int) -> None:
    encoded = TLV(tag, bytes(size)).to_bytes()
    header = len(encoded) - size - (tag.bit_length() + 7) // 8
    assert header == (1 if size < 0x80 else 2 if size < 0x100 else 3 if size < 0x10000 else 4)
    tlv, rest = ber_tlv.decode_one(encoded + b"rest")
    assert (tlv.tag, len(tlv.value), rest) == (tag, size, b"rest")


@given(st.lists(st.builds(CompactTLV, st.integers(0, 15), st.binary(max_size=15)), max_size=6))
def test_compact_tlv(tlvs: list[CompactTLV]) -> None:
    assert list(compact_tlv.decode_all(compact_tlv.encode_all(tlvs))) == tlvs


@given(st.lists(st.builds(SimpleTLV, st.integers(1, 254), st.binary(max_size=300)), max_size=6))
def test_simple_tlv(tlvs: list[SimpleTLV]) -> None:
    assert list(simple_tlv.decode_all(simple_tlv.encode_all(tlvs))) == tlvs


data_field = st.binary(max_size=20) | st.integers(250, 260).map(bytes) | st.sampled_from((65534, 65535)).map(bytes)
ne = st.none() | st.integers(1, 300) | st.sampled_from((65535, 65536))
command = st.builds(CommandAPDU, byte, byte, byte, byte, data_field, ne)


@given(command)
def test_command_apdu_in_its_shortest_form(apdu: CommandAPDU) -> None:
    assert CommandAPDU.parse(apdu.to_bytes()) == apdu


@given(command)
def test_command_apdu_in_extended_form(apdu: CommandAPDU) -> None:
    assert CommandAPDU.parse(apdu.to_bytes(extended=True)) == apdu


@given(st.binary(max_size=300), fid)
def test_response_apdu(data: bytes, sw: int) -> None:
    response = ResponseAPDU(data, sw)
    assert ResponseAPDU.parse(response.to_bytes()) == response


first_group = st.builds(InterfaceGroup, maybe_byte, maybe_byte, maybe_byte)
later_group = st.builds(InterfaceGroup, maybe_byte, maybe_byte, maybe_byte, st.integers(0, 15))


@given(
    first_group,
    st.lists(later_group, max_size=6),
    st.binary(max_size=15),
    st.sampled_from(Convention),
)
def test_atr_of_any_interface_bytes(
    first: InterfaceGroup, later: list[InterfaceGroup], historical_bytes: bytes, convention: Convention
) -> None:
    groups = (first, *later)
    present = sum(part is not None for group in groups for part in (group.ta, group.tb, group.tc))
    has_tck = any(group.t != 0 for group in later)
    if 2 + present + len(later) + len(historical_bytes) + has_tck > MAX_ATR_SIZE:
        with pytest.raises(ATRError, match="at most 33 bytes"):
            ATR(groups, historical_bytes, convention)
        return
    atr = ATR(groups, historical_bytes, convention)
    assert ATR.parse(atr.to_bytes()) == atr


@given(
    protocols=st.sets(st.sampled_from((0, 1, 14)), min_size=1).map(sorted),
    historical_bytes=st.binary(max_size=10),
    convention=st.sampled_from(Convention),
    ta1=maybe_byte,
    extra_guard_time=maybe_byte,
    clock_stop=st.none() | st.sampled_from(ClockStop),
    classes=st.none() | st.integers(1, 7).map(OperatingClass),
    waiting_integer=st.none() | st.integers(1, 255),
    ifsc=st.none() | st.integers(1, 254),
    bwi=st.none() | st.integers(0, 9),
    cwi=st.none() | st.integers(0, 15),
    crc=st.none() | st.booleans(),
    specific=st.booleans(),
    can_change=st.booleans(),
    implicit=st.booleans(),
)
def test_atr_says_what_it_was_built_to_say(
    protocols: list[int],
    historical_bytes: bytes,
    convention: Convention,
    ta1: int | None,
    extra_guard_time: int | None,
    clock_stop: ClockStop | None,
    classes: OperatingClass | None,
    waiting_integer: int | None,
    ifsc: int | None,
    bwi: int | None,
    cwi: int | None,
    crc: bool | None,
    specific: bool,
    can_change: bool,
    implicit: bool,
) -> None:
    mode = SpecificMode(protocols[-1], can_change, implicit) if specific else None
    t1 = 1 in protocols
    built = ATR.build(
        protocols=protocols,
        historical_bytes=historical_bytes,
        convention=convention,
        ta1=ta1,
        extra_guard_time=extra_guard_time,
        specific_mode=mode,
        waiting_integer=waiting_integer if 0 in protocols else None,
        ifsc=ifsc if t1 else None,
        block_waiting_integer=bwi if t1 else None,
        character_waiting_integer=cwi if t1 else None,
        crc=crc if t1 else None,
        clock_stop=clock_stop,
        classes=classes,
    )
    atr = ATR.parse(built.to_bytes())
    assert atr == built
    assert atr.convention is convention
    assert atr.historical_bytes == historical_bytes
    assert list(atr.protocols) == protocols
    assert atr.first_protocol == (protocols[-1] if specific else protocols[0])
    assert atr.specific_mode == mode
    assert atr.transmission_factors.byte == (0x11 if ta1 is None else ta1)
    assert atr.extra_guard_time == (0 if extra_guard_time is None else extra_guard_time)
    assert atr.clock_stop == (ClockStop.NOT_SUPPORTED if clock_stop is None else clock_stop)
    assert atr.classes == (OperatingClass.A_5V if classes is None else classes)
    if 0 in protocols:
        assert atr.waiting_integer == (10 if waiting_integer is None else waiting_integer)
    if t1:
        assert atr.ifsc == (32 if ifsc is None else ifsc)
        assert atr.block_waiting_integer == (4 if bwi is None else bwi)
        assert atr.character_waiting_integer == (13 if cwi is None else cwi)
        assert atr.uses_crc == bool(crc)
    only_t0 = protocols == [0] and clock_stop is None and classes is None
    assert (atr.tck is None) == only_t0


status_indicator = (
    st.builds(StatusIndicator, byte, fid)
    | st.builds(StatusIndicator, byte)
    | fid.map(lambda sw: StatusIndicator(sw=sw))
)
ordinary_object = st.builds(CompactTLV, st.integers(0, 15).filter(lambda tag: tag != 8), st.binary(max_size=5))
historical = st.one_of(
    st.builds(
        lambda objects, life_cycle, sw: HistoricalBytes(0x00, tuple(objects), StatusIndicator(life_cycle, sw)),
        st.lists(ordinary_object, max_size=3),
        byte,
        fid,
    ),
    st.builds(
        lambda objects, status: HistoricalBytes(0x80, tuple(objects), status),
        st.lists(ordinary_object, max_size=3),
        st.none() | status_indicator,
    ),
    st.builds(
        lambda reference, rest: HistoricalBytes(0x10, dir_reference=reference, proprietary=rest), byte, st.binary()
    ),
    st.builds(
        lambda category, rest: HistoricalBytes(category, proprietary=rest),
        byte.filter(lambda category: category not in (0x00, 0x10, 0x80)),
        st.binary(),
    ),
    st.builds(lambda card: HistoricalBytes(0x80, storage_card=card), st.builds(StorageCard, byte, fid)),
)


@given(historical)
def test_historical_bytes(value: HistoricalBytes) -> None:
    assert HistoricalBytes.parse(value.to_bytes()) == value


data_coding = st.builds(DataCoding, st.sampled_from(WriteBehaviour), st.integers(0, 15), st.booleans(), st.booleans())
flags = (st.booleans(),) * 5
command_capabilities = st.builds(CommandCapabilities, *flags, st.integers(1, 8))


@given(
    st.one_of(
        st.builds(CardCapabilities, byte.map(SelectionMethods)),
        st.builds(CardCapabilities, byte.map(SelectionMethods), data_coding),
        st.builds(CardCapabilities, byte.map(SelectionMethods), data_coding, command_capabilities),
    )
)
def test_card_capabilities(value: CardCapabilities) -> None:
    assert CardCapabilities.parse(value.to_bytes()) == value


@given(byte.map(lambda bits: CardServices(bits & 0xF0)), st.sampled_from(DirectoryAccess), st.booleans())
def test_card_service_data(services: CardServices, access: DirectoryAccess, has_mf: bool) -> None:
    value = CardServiceData(services, access, has_mf)
    assert CardServiceData.parse(value.to_bytes()) == value


@given(byte.filter(is_interindustry))
def test_class_byte(cla: int) -> None:
    assert ClassByte.parse(cla).to_byte() == cla


@given(byte)
def test_data_coding_byte(value: int) -> None:
    assert DataCoding.parse(value).to_byte() == value


size = st.none() | st.integers(0, 0xFFFF)
kinds = [kind for kind in FileKind if kind is not FileKind.PROPRIETARY]
descriptor = st.builds(
    lambda kind, shareable, coding, record_size, records, internal: FileDescriptor(
        kind,
        shareable,
        1 if coding is None and record_size is not None else coding,
        record_size,
        None if record_size is None else records,
        internal and kind <= FileKind.CYCLIC_TLV,
    ),
    st.sampled_from(kinds),
    st.booleans(),
    maybe_byte,
    size,
    size,
    st.booleans(),
)


@given(descriptor)
def test_file_descriptor(value: FileDescriptor) -> None:
    assert FileDescriptor.parse(value.to_bytes()) == value


kept = st.lists(st.builds(TLV, st.sampled_from((0x86, 0x8B, 0xA0, 0xAB, 0xC6)), st.binary(max_size=6)), max_size=3)
management = st.lists(st.builds(TLV, st.sampled_from((0x4F, 0x50, 0x5F50)), st.binary(max_size=6)), max_size=2)
parameters = st.builds(
    FileControlParameters,
    descriptor=st.none() | descriptor,
    fid=st.none() | fid,
    df_name=st.none() | st.binary(min_size=1, max_size=16),
    data_size=st.none() | st.integers(0, 0xFFFFFFFF),
    total_size=st.none() | st.integers(0, 0xFFFFFFFF),
    sfi=st.none() | st.integers(0, 30),
    life_cycle=maybe_byte | st.sampled_from(LifeCycle),
    compact_security=st.none() | st.binary(max_size=8),
    se_file=st.none() | fid,
    proprietary=st.lists(st.builds(TLV, st.sampled_from((0x85, 0xA5)), st.binary(max_size=6)), max_size=2).map(tuple),
    others=kept.map(tuple),
    management_data=management.map(tuple),
)


@given(parameters)
def test_file_control_information(value: FileControlParameters) -> None:
    assert FileControlParameters.parse_template(value.fci_template()) == value


@given(parameters)
def test_file_control_parameters_and_management_data_apart(value: FileControlParameters) -> None:
    fcp = FileControlParameters.parse_template(value.fcp_template())
    fmd = FileControlParameters.parse_template(value.fmd_template())
    assert fcp.management_data == ()
    assert fcp.to_bytes() == value.to_bytes()
    assert fmd == FileControlParameters(management_data=value.management_data)


@given(st.lists(fid.filter(lambda one: one not in (0x3F00, 0x3FFF)), max_size=4), st.sampled_from((0x3F00, 0x3FFF, 1)))
def test_file_path(below: list[int], head: int) -> None:
    path = FilePath((head, *below))
    assert FilePath.from_bytes(path.to_bytes()) == path
    assert FilePath.parse(str(path)) == path
    assert FilePath.parse(str(path).replace("/", "")) == path


conditions = st.dictionaries(st.sampled_from([1 << shift for shift in range(7)]), st.builds(SecurityCondition, byte))
rule = st.builds(
    lambda mapping, proprietary: CompactRule(
        tuple(sorted(mapping.items(), reverse=True, key=lambda row: row[0])), proprietary
    ),
    conditions,
    st.booleans(),
)


@given(st.lists(rule, min_size=1, max_size=3))
def test_compact_rules(rules: list[CompactRule]) -> None:
    value = CompactRules(tuple(rules))
    assert CompactRules.parse(value.to_bytes()) == value


@given(conditions)
def test_compact_rules_from_a_mapping(mapping: dict[int, SecurityCondition]) -> None:
    rules = CompactRules.parse(CompactRules.of(mapping).to_bytes())
    for bit in (1 << shift for shift in range(7)):
        assert rules.conditions_for(bit) == ((mapping[bit],) if bit in mapping else ())


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.none() | st.integers(1, 14))
def test_security_condition(user: bool, external: bool, protected: bool, all_of: bool, se_id: int | None) -> None:
    if not (user or external or protected):
        return
    condition = SecurityCondition.build(
        user_authentication=user,
        external_authentication=external,
        secure_messaging=protected,
        all_of=all_of,
        se_id=se_id,
    )
    again = SecurityCondition(condition.byte)
    assert (again.user_authentication, again.external_authentication, again.secure_messaging) == (
        user,
        external,
        protected,
    )
    assert (again.all_of, again.se_id, again.never, again.always) == (all_of, se_id, False, False)


usage = st.none() | byte.map(UsageQualifier)
template = st.builds(AuthenticationTemplate, byte, usage, maybe_byte)


@given(byte, st.lists(template, max_size=3), maybe_byte)
def test_security_environment(
    se_id: int, authentications: list[AuthenticationTemplate], life_cycle: int | None
) -> None:
    value = SecurityEnvironment(se_id, tuple(authentications), life_cycle)
    assert SecurityEnvironment.parse(value.to_bytes()) == value


reference = st.none() | st.binary(max_size=3)
control_reference = st.builds(
    ControlReferenceTemplate,
    st.sampled_from(TemplateKind),
    reference,
    reference,
    reference,
    reference,
    usage,
    st.lists(st.builds(TLV, st.sampled_from((0x81, 0x82, 0x85, 0x91, 0x94)), st.binary(max_size=9)), max_size=3).map(
        tuple
    ),
)


@given(control_reference)
def test_control_reference_template(template: ControlReferenceTemplate) -> None:
    assert ControlReferenceTemplate.from_tlv(template.to_tlv()) == template
    assert ControlReferenceTemplate.parse(template.kind, template.to_bytes()) == template


header_byte = st.none() | byte
pattern = st.builds(CommandPattern, header_byte, byte, header_byte, header_byte)
leaf = st.one_of(
    st.sampled_from((ExpandedCondition(ConditionKind.ALWAYS), ExpandedCondition(ConditionKind.NEVER))),
    st.builds(ExpandedCondition, st.just(ConditionKind.BYTE), st.builds(SecurityCondition, byte)),
    template.map(lambda reference: ExpandedCondition(ConditionKind.REFERENCE, reference=reference)),
    st.builds(
        ExpandedCondition,
        st.sampled_from((ConditionKind.CHECKSUM, ConditionKind.SIGNATURE, ConditionKind.CONFIDENTIALITY)),
        template=st.binary(max_size=9),
    ),
)
combination = st.builds(
    ExpandedCondition,
    st.sampled_from((ConditionKind.ANY, ConditionKind.ALL, ConditionKind.NOT)),
    parts=st.lists(leaf, min_size=1, max_size=3).map(tuple),
)
conditions = st.lists(leaf | combination, min_size=1, max_size=3).map(tuple)
about_commands = pattern.flatmap(
    lambda first: st.lists(
        pattern.filter(lambda other: other.mask == first.mask) | st.just(first), min_size=1, max_size=3
    ).map(tuple)
)
expanded_rule = st.one_of(
    st.builds(ExpandedRule, conditions, access_mode=byte),
    st.builds(ExpandedRule, conditions, commands=about_commands),
    st.builds(ExpandedRule, conditions, proprietary=st.binary(max_size=5)),
)


@given(st.lists(expanded_rule, max_size=3).map(tuple))
def test_expanded_rules(rules: tuple[ExpandedRule, ...]) -> None:
    built = ExpandedRules(rules)
    assert ExpandedRules.parse(built.to_bytes()) == built


@given(
    st.binary(min_size=1, max_size=16),
    st.lists(primitive, max_size=3).map(tuple),
    st.binary(min_size=1, max_size=16),
    st.binary(max_size=64),
    st.lists(primitive, max_size=3).map(tuple),
)
def test_cv_certificate(
    authority: bytes, public_key: tuple[TLV, ...], holder: bytes, signature: bytes, others: tuple[TLV, ...]
) -> None:
    others = tuple(tlv for tlv in others if tlv.tag != 0x42)
    certificate = CVCertificate(authority, public_key, holder, signature, others)
    assert CVCertificate.parse(certificate.to_bytes()) == certificate
    assert certificate.to_bytes().find(certificate.body) > 0


@given(
    st.integers(0, 7).map(lambda bits: ConditionKind.ALWAYS if bits == 0 else ConditionKind.BYTE),
    st.none() | st.builds(SecurityCondition, byte),
)
def test_a_condition_has_the_fields_of_its_kind(kind: ConditionKind, condition: SecurityCondition | None) -> None:
    fits = (condition is not None) == (kind is ConditionKind.BYTE)
    if fits:
        assert ExpandedCondition(kind, condition).kind is kind
    else:
        with pytest.raises(FileControlError, match="other fields"):
            ExpandedCondition(kind, condition)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"conditions": ()}, "about an access mode byte"),
        ({"conditions": (), "access_mode": 1}, "at least one condition"),
        ({"conditions": (ExpandedCondition(ConditionKind.NEVER),), "access_mode": 256}, "is not an access mode byte"),
        (
            {"conditions": (ExpandedCondition(ConditionKind.NEVER),), "access_mode": 1, "proprietary": b""},
            "about an access mode byte",
        ),
        (
            {
                "conditions": (ExpandedCondition(ConditionKind.NEVER),),
                "commands": (CommandPattern(ins=1), CommandPattern(p1=1)),
            },
            "the same parts of their headers",
        ),
    ],
)
def test_a_rule_that_says_nothing_or_too_much(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(FileControlError, match=message):
        ExpandedRule(**rule)


def test_a_command_pattern_has_a_part() -> None:
    for parts in ({}, {"ins": 256}, {"p1": -1}):
        with pytest.raises(FileControlError, match="at least one byte"):
            CommandPattern(**parts)
    assert CommandPattern(ins=0x2A, p2=0x80).describes(0x00, 0x2A, 0x8E, 0x80)
    assert not CommandPattern(ins=0x2A, p2=0x80).describes(0x00, 0x2A, 0x8E, 0x9A)
