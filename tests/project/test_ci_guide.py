"""docs/ci.md: the files that it shows are those of the example, and what they tell a machine to do works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
DOOR = REPOSITORY / "examples" / "door"
WORKFLOW, GITLAB, CONTAINERFILE = DOOR / ".github/workflows/test.yml", DOOR / ".gitlab-ci.yml", DOOR / "Containerfile"
GUIDE = (REPOSITORY / "docs/ci.md").read_text(encoding="utf-8")
IN_A_CONTAINER = Path(__file__).parent / "programs" / "in_a_container.py"

pytestmark = pytest.mark.timeout(400)

# The machines of CI are others than this one. What only they can do stands in here: sudo, installing packages (that the
# packages exist is asked of apt, that they suffice is shown by the steps after it), and a switch of the kernel.
STAND_INS = {
    "sudo": 'exec "$@"',
    "apt-get": 'case "$1" in update) ;; install) exec /usr/bin/apt-get --simulate "$@" ;; *) exit 100 ;; esac',
    "sysctl": '[ "$1" = --write ] && [ "$2" = kernel.apparmor_restrict_unprivileged_userns=0 ]',
}


def github_steps() -> list[str]:
    (job,) = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def gitlab_script() -> str:
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["test"]
    return "\n".join([*job["before_script"], *job["script"]])


def instructions() -> list[tuple[str, str]]:
    """Those of the Containerfile: the word, and what follows it."""
    text = re.sub(r"\\\n\s*", "", CONTAINERFILE.read_text(encoding="utf-8"))
    return re.findall(r"^([A-Z]+) (.+)$", text, flags=re.MULTILINE)


@pytest.fixture
def machine(tmp_path: Path, stranger_with: Callable[[str], Any]) -> Any:
    """A stranger's machine, on which the example's requirements can be had; no pyscard is among them."""
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    for name, body in STAND_INS.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        (folder / name).chmod(0o755)
    stranger = stranger_with("door")
    return type(stranger)({**stranger.environment, "PATH": f"{folder}:{stranger.environment['PATH']}"})


@pytest.fixture
def container(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """What goes before a command that a container is to run, as its ordinary user or as its root."""

    def prefix(who: str) -> tuple[str, ...]:
        words = (sys.executable, str(IN_A_CONTAINER), who)
        tried = subprocess.run([*words, "true"], check=False, cwd=tmp_path, capture_output=True, text=True)
        if "PermissionError" in tried.stderr:
            pytest.skip("unprivileged user namespaces are forbidden here")
        assert tried.returncode == 0, tried.stderr
        return words

    return prefix


def passed(said: str) -> bool:
    return re.search(r"^=+ \d+ passed(, \d+ warnings?)? in ", said, flags=re.MULTILINE) is not None


def test_the_page_shows_the_files_as_they_are() -> None:
    shown = re.findall(r"^\[\S+\]\(\.\./(\S+)\):\n\n```\w+\n(.*?)```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
    assert [REPOSITORY / path for path, _ in shown] == [WORKFLOW, GITLAB, CONTAINERFILE]
    for path, text in shown:
        assert (REPOSITORY / path).read_text(encoding="utf-8") == text


def test_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", GUIDE)
    assert [path for path, _ in links if path and not (REPOSITORY / "docs" / path).exists()] == []
    headings = {
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)", GUIDE, flags=re.MULTILINE)
    }
    assert {anchor[1:] for path, anchor in links if not path} <= headings


def test_the_first_test_passes(machine: Any, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(import os\n.*?)```", GUIDE, flags=re.DOTALL)
    (tmp_path / "test_program.py").write_text(program, encoding="utf-8")
    assert passed(machine.succeed("pytest", "--rootdir=.", "test_program.py", cwd=tmp_path))


def test_a_test_that_fails_shows_the_dialogue(machine: Any, copy_of: Callable[[str], Path]) -> None:
    folder = copy_of("door")
    machine.succeed("make", cwd=folder)
    (folder / "test_failing.py").write_text(
        """
import pytest
from test_door import door
@pytest.mark.card("badge.toml", via="pcscd")
def test_failing(door):
    assert door("workshop", pin="0000")[0] == 0
""",
        encoding="utf-8",
    )
    done = machine.run("pytest", "-n", "1", "--junitxml", "report.xml", "test_failing.py", cwd=folder)
    (shown,) = re.findall(r"```text\n-+ card dialogue -+\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert done.returncode == 1, done.stdout
    assert shown in done.stdout
    (property_,) = ET.parse(folder / "report.xml").iterfind(".//property")  # noqa: S314 - our own pytest wrote it
    assert property_.get("name") == "card dialogue"
    # pcscd gives and takes power when it likes.
    assert shown.rstrip() in property_.get("value", "")


def test_a_real_card_can_be_rehearsed(stranger_with: Callable[[str], Any], copy_of: Callable[[str], Path]) -> None:
    folder = copy_of("door")
    (command,) = re.findall(r"^\$ (scard run .*--scard-reader.*)$", GUIDE, flags=re.MULTILINE)
    stranger = stranger_with("ticket")
    stranger.succeed("make", cwd=folder)
    assert re.search(
        r"^=+ \d+ passed, \d+ skipped in ", stranger.succeed("sh", "-c", command, cwd=folder), re.MULTILINE
    )


def test_github_s_steps_run_one_after_the_other(machine: Any, copy_of: Callable[[str], Path]) -> None:
    folder = copy_of("door")
    for step in github_steps():
        said = machine.succeed("bash", "-e", "-c", step, cwd=folder)
    assert passed(said)
    assert (folder / "report.xml").exists()


def test_what_github_is_to_provide_is_named_with_a_version() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    assert workflow[True] == ["push", "pull_request"], "YAML 1.1 reads `on` as true"
    assert job["runs-on"].startswith("ubuntu-2")
    assert [
        step["uses"]
        for step in job["steps"]
        if not re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/x@v1"))
    ] == []
    assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_gitlab_s_script_runs(machine: Any, copy_of: Callable[[str], Path], container: Any) -> None:
    """As the root of a container, which it is there; as far as that can be made here."""
    folder = copy_of("door")
    prefix = container("root") if os.geteuid() == 0 else ()
    done = machine.run("bash", "-eo", "pipefail", "-c", gitlab_script(), cwd=folder, prefix=prefix)
    assert done.returncode == 0, done.stdout
    assert passed(done.stdout)
    assert ("OpenPortWarning" in done.stdout) == bool(prefix)
    assert (folder / "report.xml").exists()


def test_the_container_runs_as_an_ordinary_user_without_privileges(
    machine: Any, copy_of: Callable[[str], Path], container: Any
) -> None:
    folder = copy_of("door")
    machine.succeed("make", cwd=folder)
    (command,) = [argument for word, argument in instructions() if word == "CMD"]
    done = machine.run(*yaml.safe_load(command), cwd=folder, prefix=container("user"))
    assert done.returncode == 0, done.stdout
    assert passed(done.stdout)
    assert "OpenPortWarning" in done.stdout


def test_the_containerfile_says_how_to_get_there(machine: Any, tmp_path: Path) -> None:
    words = [word for word, _ in instructions()]
    assert words[0] == "FROM"
    assert ("USER", "tester") in instructions()
    install, *_ = [argument for word, argument in instructions() if word == "RUN"]
    command, _ = install.split(" && rm ")
    machine.succeed("sh", "-e", "-c", command, cwd=tmp_path)
    assert ("RUN", "mkdir --parents /run/pcscd") in instructions()
    runs = [argument for word, argument in instructions() if word == "RUN"]
    assert runs[-1] == "make"
    assert "pip install --no-cache-dir --requirement requirements.txt" in runs
