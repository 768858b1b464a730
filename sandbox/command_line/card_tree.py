"""What is on a card, drawn as a tree for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.command_line.output import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.tree import Tree


def tree_of(card: str, contents: Mapping[str, Any]) -> Tree:
    """The tree of a card.

    Args:
        card: what it is called.
        contents: as :func:`sandbox.command_line.card_contents.contents_of` tells them.
    """
    from rich.tree import Tree

    tree = Tree(_text(f"{card}, of the profile {contents['profile']}"), highlight=False)
    _add(tree, f"ATR {contents['atr']}, {', '.join(contents['protocols'])}")
    if contents["uid"] is not None:
        _add(tree, f"contactless, UID {contents['uid']}")
    _add(tree, f"memory: {contents['memory_used']} of {contents['memory']} bytes")
    for application in contents["applications"]:
        _add_application(tree, application)
    _add_references(tree, contents)
    _add_file(tree, contents["files"])
    return tree


def _add_application(tree: Tree, application: Mapping[str, Any]) -> None:
    branch = _add(tree, f"application {application['name']}, {application['path']}")
    if "unreadable" in application:
        _add(branch, f"cannot be read: {application['unreadable']}")
        return
    if "values" in application:
        _add(branch, f"{application['values']} values")
        return
    for name, fact in application["facts"].items():
        _add(branch, f"{name} {fact}")
    for code in application["codes"]:
        _add(branch, f"{code['name']}: {_tries(code)}")
    for key in application["keys"]:
        facts = [f"{name} {fact}" for name, fact in key["facts"].items()]
        slot = _add(branch, _line(f"slot {key['slot']} ({key['purpose']}): {key['kind'] or 'no key'}", *facts))
        if key["certificate"] is not None:
            _add(slot, _certificate(key["certificate"]))
    for each in application["objects"]:
        _add(branch, f"{each['tag']} {each['name']}, {each['size']} bytes")


def _certificate(facts: Mapping[str, Any]) -> str:
    if "subject" not in facts:
        return f"certificate that cannot be read, {facts['size']} bytes"
    issuer = "by itself" if facts["issuer"] == facts["subject"] else f"by {facts['issuer']}"
    return f"certificate of {facts['subject']}, {issuer}, {facts['not_before']} to {facts['not_after']}"


def _add_references(tree: Tree, owner: Mapping[str, Any]) -> None:
    for chv in owner["chvs"]:
        puk = [] if chv["puk"] is None else [f"PUK {_tries(chv['puk'])}"]
        _add(tree, _line(f"CHV {chv['reference']}: {_tries(chv)}", chv["state"], *puk))
    for key in owner["keys"]:
        counters = [] if key["tries_left"] is None else [_tries(key)]
        counters += [] if key["uses_left"] is None else [f"{key['uses_left']} of {key['max_uses']} uses left"]
        what = f"key {key['reference']}: {key['algorithm']}, {key['bits']} bits"
        there = () if key["is_there"] else ("not there yet",)
        _add(tree, _line(what, *there, *key["operations"], *counters, f"use {key['use']}"))
    for each in owner["data_objects"]:
        _add(tree, _line(f"data object {each['tag']}: {each['size']} of {each['room']} bytes", *_access(each)))


def _add_file(tree: Tree, file: Mapping[str, Any]) -> None:
    fid = file["path"][-4:]
    life_cycle = () if file["life_cycle"] == "operational_activated" else (_words(file["life_cycle"]),)
    if "children" not in file:
        records = () if file["records"] is None else (f"records: {file['records']}",)
        sfi = () if file["sfi"] is None else (f"SFI {file['sfi']}",)
        what = f"{fid} {_words(file['structure'])}, {file['size']} bytes"
        _add(tree, _line(what, *records, *sfi, *life_cycle, *_access(file)))
        return
    name = [f"name {file['df_name']}"] if file["df_name"] is not None else []
    name += [f"application {file['application']}"] if file["application"] is not None else []
    branch = _add(tree, _line(f"{fid} DF", *name, *life_cycle, *_access(file)))
    _add_references(branch, file)
    for child in file["children"]:
        _add_file(branch, child)


def _access(file: Mapping[str, Any]) -> Iterable[str]:
    return (f"{operation} {required}" for operation, required in file["access"].items())


def _tries(counter: Mapping[str, Any]) -> str:
    left, most = counter["tries_left"], counter["max_tries"]
    return f"blocked, 0 of {most} tries left" if left == 0 else f"{left} of {most} tries left"


def _words(name: str) -> str:
    return name.removeprefix("operational_").replace("_", " ")


def _line(*parts: str) -> str:
    return ", ".join(parts)


def _text(line: str) -> str:
    from rich.markup import escape

    return escape(visible(line))


def _add(tree: Tree, line: str) -> Tree:
    return tree.add(_text(line))
