"""``docs/interfaces/``: what the pages show works, and they tell of every member. And what two guides show.

Each Python block of a page is run by itself. It has in hand what the page says in a sentence that begins with "The
examples have in hand": names of fixtures, in backticks and in small letters.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import scardmgr
from scardmgr.published import definitions

MANUAL = Path(__file__).parents[2] / "docs"
PATHS = {path.stem: path for path in sorted((MANUAL / "interfaces").glob("*.md"))}
#: Other pages whose examples are run.
GUIDES = {stem: MANUAL / f"{stem}.md" for stem in ("from-cpp-and-visual-basic", "status-words")}
PAGES = {name: path.read_text(encoding="utf-8") for name, path in PATHS.items()}
TEXTS = PAGES | {name: path.read_text(encoding="utf-8") for name, path in GUIDES.items()}
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_HAND = re.compile(r"^The examples have in hand\b([^.]*)\.", re.MULTILINE)
#: Pages of interfaces that the published tables have not, and what these are called.
OF_OUR_OWN = {"CryptoProvider": "CRYPTPROV", "SecureMessaging": "SecureMessaging"}
SECTIONS = ("Typical use", "Example", "Errors", "Differences")

EXAMPLES = {
    f"{name}-{number}": (name, text)
    for name, page in TEXTS.items()
    for number, text in enumerate(EXAMPLE.findall(page), 1)
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str, request: pytest.FixtureRequest) -> None:
    name, text = EXAMPLES[example]
    page = TEXTS[name]
    in_hand = [fixture for sentence in IN_HAND.findall(page) for fixture in re.findall("`([a-z_]+)`", sentence)]
    namespace = {fixture: request.getfixturevalue(fixture) for fixture in in_hand}
    # Lines are counted as the page counts them.
    before = page.partition(text)[0].count("\n")
    exec(compile("\n" * before + text, f"{name}.md", "exec"), namespace)  # noqa: S102 - as a reader runs it


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_of_every_member(name: str) -> None:
    interface = OF_OUR_OWN.get(name, name)
    there = {attribute for attribute in vars(getattr(scardmgr, interface)) if attribute[0].isupper()} - {"IID"}
    if name not in OF_OUR_OWN:
        (definition,) = [each for each in definitions.interfaces() if each.name == name]
        assert there <= {each.attribute for each in definition.members}
    assert [member for member in sorted(there) if f"`{member}" not in PAGES[name]] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_sections_and_an_example(name: str) -> None:
    headings = re.findall(r"^## (.+)$", PAGES[name], re.MULTILINE)
    assert PAGES[name].startswith(f"# {name}\n")
    assert [section for section in SECTIONS if section not in headings] == []
    assert EXAMPLE.search(PAGES[name])


@pytest.mark.parametrize("name", TEXTS)
def test_the_manual_leads_to_a_page_and_the_page_somewhere(name: str) -> None:
    path = (PATHS | GUIDES)[name]
    assert f"]({path.relative_to(MANUAL).as_posix()})" in (MANUAL / "README.md").read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", TEXTS[name]):
        page = path.parent / target if target else path
        assert page.exists(), target
        assert anchor == "" or anchor in anchors(page), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be called by."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
