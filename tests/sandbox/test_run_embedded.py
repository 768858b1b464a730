"""``scard run --via embedded``: the card in the process of a Python program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from sandbox.card_in_program.process_card import ProcessCard
from sandbox.card_in_program.settings import Settings
from scardmgr.winscard import EmbeddedResourceManager, ReaderState, ReaderStateFlag

FREE_FILE = bytes.fromhex("00A4000C020100")
READ = bytes.fromhex("00B0000004")

#: Writes into the free file what its first argument says, and tells the file as it was before.
WRITER = """
import sys
from smartcard.System import readers
reader = readers()[0]
with reader.createConnection() as connection:
    connection.connect()
    connection.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x01, 0x00])
    print(bytes(connection.transmit([0x00, 0xB0, 0, 0, 4])[0]).hex(), flush=True)
    for data in sys.argv[1:]:
        print(connection.transmit([0x00, 0xD6, 0, 0, 4, *bytes.fromhex(data)])[1:] == (0x90, 0x00), flush=True)
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(scard: Any) -> Run:
    """``scard run --via embedded --card CARD [OPTION ...] -- PROGRAM ...``."""

    def run_it(card: object, *program: str, options: tuple[str, ...] = (), **more: Any) -> Any:
        return scard("run", "--via", "embedded", "--card", str(card), *options, "--", *program, **more)

    return run_it


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """A program in a file."""

    def write(text: str) -> str:
        path = tmp_path / "program.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def python(text: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-W", "error", "-c", text, *arguments)


def free_file(path: Path) -> str:
    with Card.open(path, mode="copy") as card:
        card.power_on()
        card.transmit(FREE_FILE)
        return card.transmit(READ)[:-2].hex()


# What the program sees


def test_a_program_sees_the_card_and_nothing_else(run: Run) -> None:
    done = run("iso7816", *python("from smartcard.System import readers; print(readers())"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n", "")


def test_a_program_in_a_file_with_arguments_and_standard_streams(run: Run, program: Any) -> None:
    path = program("import sys; print(sys.argv[1:], sys.stdin.read()); print('error', file=sys.stderr)")
    done = run("iso7816", sys.executable, path, "--card", "a b", text="input")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['--card', 'a b'] input\n", "error\n")


def test_our_own_resource_manager_is_the_same_one(run: Run) -> None:
    text = (
        "import scardmgr; manager = scardmgr.resource_manager('embedded'); "
        "print(manager.list_readers(manager.establish_context())); "
        "from smartcard.System import readers; print(readers())"
    )
    done = run("iso7816", *python(text))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n" * 2


def test_no_daemon_and_no_library_is_touched(run: Run) -> None:
    text = (
        "from smartcard.System import readers; readers(); "
        "from pathlib import Path; maps = Path('/proc/self/maps').read_text(); "
        "print('libpcsclite' in maps, '_scard' in maps)"
    )
    done = run("iso7816", *python(text), PCSCLITE_CSOCK_NAME="/nonexistent/socket")
    assert (done.returncode, done.stdout, done.stderr) == (0, "False False\n", "")


def test_a_process_that_asks_for_no_card_has_nothing_imported(run: Run) -> None:
    text = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    plain = subprocess.run(python(text), check=True, capture_output=True, text=True).stdout.split()
    done = run("iso7816", *python(text))
    assert set(done.stdout.split()) - set(plain) <= {
        "sandbox",
        "sitecustomize",
        "importlib",
        "atexit",
        "__future__",
        "_collections_abc",
    }


# What is kept


def test_an_image_is_kept_or_not_as_asked(run: Run, image: Path) -> None:
    before = free_file(image)
    done = run(image, *python(WRITER, "CAFEBABE"), options=("--ephemeral",))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{before}\nTrue\n", "")
    assert free_file(image) == before
    assert run(image, *python(WRITER, "CAFEBABE")).returncode == 0
    assert free_file(image) == "cafebabe"
    assert [path.name for path in image.parent.iterdir()] == [image.name]


ENDINGS = {
    "to its end": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "an exception": ("raise ZeroDivisionError", 1),
    "os._exit": ("import os; os._exit(4)", 4),
    "SIGTERM": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 128 + signal.SIGTERM),
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL),
    "KeyboardInterrupt": ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", 128 + signal.SIGINT),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_card_is_saved_however_the_program_ends(run: Run, tmp_path: Path, ending: str) -> None:
    out = tmp_path / "out.card"
    code, status = ENDINGS[ending]
    done = run("iso7816", *python(f"{WRITER}\n{code}", "CAFEBABE"), options=("--save", str(out)))
    assert done.returncode == status
    assert free_file(out) == "cafebabe"
    assert [path.name for path in tmp_path.iterdir()] == ["out.card"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_image_is_whole_however_the_program_ends(run: Run, image: Path, ending: str) -> None:
    code, status = ENDINGS[ending]
    done = run(image, *python(f"{WRITER}\n{code}", "CAFEBABE"))
    assert done.returncode == status
    assert free_file(image) == "cafebabe"


def test_an_image_can_be_saved_elsewhere_too(run: Run, image: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.card"
    assert run(image, *python(WRITER, "CAFEBABE"), options=("--save", str(out))).returncode == 0
    assert free_file(image) == free_file(out) == "cafebabe"


def test_what_the_program_registers_for_its_end_still_has_the_card(run: Run) -> None:
    text = (
        "import atexit; from smartcard.System import readers; connection = readers()[0].createConnection(); "
        "connection.connect(); atexit.register(lambda: print(connection.transmit([0, 0xA4, 0, 0x0C])))"
    )
    done = run("iso7816", *python(text))
    assert (done.returncode, done.stdout, done.stderr) == (0, "([], 144, 0)\n", "")


def test_a_definition_file_and_a_change_of_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[card]\nprotocols = ["T=0"]\n[files."3F00"]\ntype = "DF"\n', encoding="utf-8")
    text = (
        "import os; os.chdir('/'); from smartcard.System import readers; c = readers()[0].createConnection(); "
        "c.connect(); print(c.getProtocol())"
    )
    card = os.path.relpath(tmp_path / "mine.toml")
    done = run(card, *python(text))
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


# Other processes


def test_each_process_has_a_card_of_its_own(run: Run, program: Any) -> None:
    path = program(
        f"{WRITER}\nimport os, subprocess\n"
        "if not os.environ.get('SECOND'):\n"
        "    subprocess.run([sys.executable, __file__], env={**os.environ, 'SECOND': '1'}, check=True)\n"
    )
    done = run("iso7816", sys.executable, path, "CAFEBABE")
    first, wrote, second = done.stdout.split()
    assert (done.returncode, done.stderr, wrote) == (0, "", "True")
    assert first == second != "cafebabe"


def test_an_image_is_in_one_process_at_a_time_and_goes_from_one_to_the_next(run: Run, image: Path) -> None:
    before = free_file(image)
    text = (
        "import subprocess, sys\n"
        f"writer = {WRITER!r}\n"
        "for data in sys.argv[1:]:\n"
        "    subprocess.run([sys.executable, '-c', writer, data], check=True)\n"
    )
    done = run(image, *python(text, "01020304", "05060708"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [before, "True", "01020304", "True"]
    assert free_file(image) == "05060708"


def test_a_glance_at_the_image_does_not_take_the_card_from_the_program(image: Path) -> None:
    """As another ``scard run`` takes that asks whether the image is free."""
    settings = Settings(str(image), "rw")
    glancing = Card.open(image, mode="rw")
    away = threading.Timer(0.1, glancing.close)
    away.start()
    card = ProcessCard(settings)
    manager = EmbeddedResourceManager()
    card.populate(manager)
    away.join()
    context = manager.establish_context()
    (reader, _) = manager.list_readers(context)
    assert manager.get_status_change(context, 0, [ReaderState(reader)])[0].event_state & ReaderStateFlag.PRESENT
    card.close()


def test_a_killed_program_leaves_one_file(run: Run, image: Path) -> None:
    done = run(image, *python(f"{WRITER}\nimport os, signal; os.kill(os.getpid(), signal.SIGKILL)", "CAFEBABE"))
    assert done.returncode == 128 + signal.SIGKILL
    assert [path.name for path in image.parent.iterdir()] == [image.name]
    assert free_file(image) == "cafebabe"


def test_a_program_that_leaves_the_card_to_another_process(run: Run, image: Path) -> None:
    child = f"{WRITER}\nprint('ready', flush=True); sys.stdin.read()"
    text = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); child.stdout.readline()\n"
        "import os; os._exit(5)\n"
    )
    done = run(image, *python(text))
    assert (done.returncode, done.stderr) == (5, "")


def test_a_folder_that_takes_no_image_is_told_before_anything_runs(run: Run) -> None:
    done = run("iso7816", *python("print('ran')"), options=("--save", "/proc/out.card"))
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("scard: --save /proc/out.card: ")
    assert done.stderr.count("\n") == 1


def test_meanwhile_another_process_finds_its_reader_empty_and_is_told_why(run: Run, image: Path) -> None:
    text = (
        "import subprocess, sys\n"
        "from smartcard.System import readers\n"
        "readers()\n"
        "other = 'from smartcard.System import readers; readers()[0].createConnection().connect()'\n"
        "done = subprocess.run([sys.executable, '-c', other], capture_output=True, text=True)\n"
        "print(done.stderr.splitlines()[0], done.stderr.splitlines()[-1], sep='\\n')\n"
    )
    done = run(image, *python(text))
    warning, error = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert warning.startswith(f"scard: warning: {image} is in another process")
    assert error.endswith("(0x8010000C)")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("kept", [False, True])
def test_multiprocessing(run: Run, program: Any, image: Path, method: str, kept: bool) -> None:
    path = program(
        "import multiprocessing, sys\n"
        "from smartcard.Exceptions import NoCardException\n"
        "from smartcard.System import readers\n"
        "def write(data):\n"
        "    connection = readers()[0].createConnection()\n"
        "    try:\n"
        "        connection.connect()\n"
        "    except NoCardException:\n"
        "        return 'no card'\n"
        "    connection.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x01, 0x00])\n"
        "    before = bytes(connection.transmit([0x00, 0xB0, 0, 0, 4])[0]).hex()\n"
        "    connection.transmit([0x00, 0xD6, 0, 0, 4, *bytes.fromhex(data)])\n"
        "    return before\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    print(write('CAFEBABE'), flush=True)\n"
        "    with context.Pool(1) as pool:\n"
        "        print(pool.apply(write, ['01020304']))\n"
        "    print(write('CAFED00D'))\n"
    )
    before = free_file(image)
    done = run(image, sys.executable, path, options=() if kept else ("--ephemeral",))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == [before, "no card" if kept else before, "cafebabe"]
    assert free_file(image) == ("cafed00d" if kept else before)
    assert done.stderr.count("is in another process") == (1 if kept else 0)


def test_a_forked_child_that_ends_in_good_order_leaves_its_parents_image_alone(run: Run, image: Path) -> None:
    text = WRITER + (
        "import os\n"
        "if os.fork() == 0:\n"
        "    sys.exit(0)\n"
        "os.wait()\n"
        "with reader.createConnection() as connection:\n"
        "    connection.connect()\n"
        "    connection.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x01, 0x00])\n"
        "    print(connection.transmit([0x00, 0xD6, 0, 0, 4, 1, 2, 3, 4])[1:])\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = run(image, *python(text, "CAFEBABE"))
    assert done.returncode == 128 + signal.SIGKILL
    assert free_file(image) == "01020304"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_pytest_and_its_workers(run: Run, tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "from smartcard.System import readers\n"
        "@pytest.mark.parametrize('number', range(4))\n"
        "def test_select(number):\n"
        "    with readers()[0].createConnection() as connection:\n"
        "        connection.connect()\n"
        "        assert connection.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x01, 0x00])[1:] == (0x90, 0x00)\n"
        "        connection.transmit([0x00, 0xD6, 0, 0, 1, number])\n"
        "        assert connection.transmit([0x00, 0xB0, 0, 0, 1])[0] == [number]\n"
    )
    options = ["-q", "-p", "no:cacheprovider", "--color", "no", "-n", workers, "--rootdir", str(tmp_path)]
    done = run("iso7816", sys.executable, "-m", "pytest", *options, str(tmp_path))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "4 passed" in done.stdout


@pytest.mark.parametrize(
    "find_readers",
    [
        "from smartcard.System import readers",
        "from scardmgr import resource_manager as rm\nreaders = lambda: rm('embedded')._slots",
    ],
)
def test_pytest_that_rewrites_our_assertions(run: Run, tmp_path: Path, find_readers: str) -> None:
    # As it does wherever the distribution is installed, for the sake of its plugin.
    (tmp_path / "conftest.py").write_text("import pytest\npytest.register_assert_rewrite('scardmgr')\n")
    (tmp_path / "test_it.py").write_text(f"{find_readers}\ndef test_readers(): assert readers()\n")
    done = run("iso7816", sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_two_at_once(scard_command: tuple[str, ...]) -> None:
    text = f"{WRITER}\nprint('ready', flush=True); sys.stdin.read()"
    command = [*scard_command, "run", "--via", "embedded", "--card", "iso7816", "--", *python(text, "CAFEBABE")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        before = []
        for process in (one, two):
            before.append(process.stdout.readline())
            assert [process.stdout.readline() for _ in range(2)] == ["True\n", "ready\n"]
        assert before[0] == before[1] != "cafebabe\n"
        assert one.communicate(timeout=60)[0] == two.communicate(timeout=60)[0] == ""


def test_two_with_one_image(scard_command: tuple[str, ...], run: Run, image: Path) -> None:
    text = "from smartcard.System import readers; readers(); print('ready', flush=True); input()"
    command = [*scard_command, "run", "--via", "embedded", "--card", str(image), "--", *python(text)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        second = run(image, *python("pass"))
        first.communicate("\n", timeout=60)
    assert second.returncode == 125
    assert second.stderr.count("\n") == 1
    assert str(image) in second.stderr


@pytest.mark.parametrize(("outer", "inner"), [("embedded", "pcscd"), ("pcscd", "embedded"), ("embedded", "embedded")])
def test_of_two_in_one_another_the_inner_one_counts(
    scard: Any, scard_command: tuple[str, ...], tmp_path: Path, outer: str, inner: str
) -> None:
    (tmp_path / "mine.toml").write_text('[card]\nprotocols = ["T=0"]\n[files."3F00"]\ntype = "DF"\n', encoding="utf-8")
    text = (
        "from pathlib import Path; from smartcard.System import readers; "
        "connection = readers()[0].createConnection(); connection.connect(); "
        "print(connection.getProtocol(), 'libpcsclite' in Path('/proc/self/maps').read_text())"
    )
    within = [*scard_command, "run", "--via", inner, "--card", str(tmp_path / "mine.toml"), "--", *python(text)]
    done = scard("run", "--via", outer, "--card", "iso7816", "--", *within)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"1 {inner == 'pcscd'}\n", "")


# Beside other customisations of Python


def test_another_sitecustomize_and_a_usercustomize_are_still_there(run: Run, tmp_path: Path) -> None:
    site, user = tmp_path / "site", tmp_path / "user"
    where = subprocess.run(
        [sys.executable, "-c", "import site; print(site.getusersitepackages())"],
        env={**os.environ, "PYTHONUSERBASE": str(user)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    site.mkdir()
    Path(where).mkdir(parents=True)
    (site / "sitecustomize.py").write_text("import sys\nsys.seen = [__file__]\n")
    (Path(where) / "usercustomize.py").write_text("import sys\nsys.user = __file__\n")
    inherited = os.environ.get("PYTHONPATH", "")
    text = (
        "import os, sys, sitecustomize, site\n"
        "print(sys.seen, sitecustomize.__file__, getattr(sys, 'user', None) if site.ENABLE_USER_SITE else 'off')\n"
        "print([folder for folder in sys.path if 'card_in_program' in folder])\n"
        "from smartcard.System import readers; print(readers())\n"
    )
    path = os.pathsep.join(filter(None, [str(site), inherited]))
    done = run("iso7816", *python(text), PYTHONPATH=path, PYTHONUSERBASE=str(user))
    customised, search_path, seen_readers = done.stdout.splitlines()
    theirs = str(site / "sitecustomize.py")
    assert customised.startswith(f"['{theirs}'] {theirs} ")
    assert customised.endswith((" off", f"{where}/usercustomize.py"))
    assert search_path == "[]"
    assert seen_readers == "['Virtual Reader 00 00', 'Virtual Reader 00 01']"


def test_a_sitecustomize_that_fails_fails_as_it_would(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("1 / 0\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    text = "from smartcard.System import readers; print(readers())"
    done = run("iso7816", *python(text), PYTHONPATH=path)
    alone = subprocess.run(
        python("pass"), env={**os.environ, "PYTHONPATH": path}, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n")
    assert done.stderr == 2 * alone.stderr != ""  # scard is Python, too


def test_what_the_program_starts_inherits_a_search_path_that_still_works(run: Run, tmp_path: Path) -> None:
    (tmp_path / "somewhere.py").write_text("print('found', flush=True)\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    text = (
        "import subprocess, sys; import somewhere\n"
        "subprocess.run([sys.executable, '-c', 'import somewhere'], check=True)\n"
        "subprocess.run([sys.executable, '-I', '-c', 'print(1)'], check=True)\n"
    )
    done = run("iso7816", *python(text), PYTHONPATH=path)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["found", "found", "1"], "")


@pytest.mark.parametrize("what", ["smartcard.scard", "smartcard.System", "scardmgr.winscard.selection"])
def test_what_was_imported_before_the_sitecustomize_is_served_too(run: Run, tmp_path: Path, what: str) -> None:
    """As a .pth file may do, or a sitecustomize that hands on to ours."""
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "sitecustomize.py").write_text(
        f"import os, sys, {what}\n"
        "del sys.modules['sitecustomize']\n"
        "sys.path.remove(os.path.dirname(__file__))\n"
        "import sitecustomize\n"
    )
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    script = tmp_path / "python3"
    path = os.pathsep.join([str(tmp_path / "early"), "$PYTHONPATH", *inherited])
    script.write_text(f'#!/bin/sh\nPYTHONPATH={path} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    done = run("iso7816", str(script), "-c", "from smartcard.System import readers; print(readers())")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n", "")


def test_a_program_may_have_a_module_named_sandbox(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sandbox.py").write_text("MINE = 1\n")
    program = tmp_path / "program.py"
    program.write_text("import sandbox\nfrom smartcard.System import readers\nprint(sandbox.MINE, len(readers()))\n")
    done = run("iso7816", sys.executable, str(program), PYTHONSAFEPATH="")  # with it, its folder is not searched
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 2\n", "")


# What is refused, and what is only said


def test_a_program_that_is_not_python_is_refused(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho ran\n")
    script.chmod(0o755)
    for program in ("true", str(script)):
        done = run("iso7816", program)
        assert (done.returncode, done.stdout) == (125, "")
        assert done.stderr.startswith(f"scard: {program} is not a Python program")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [["-I"], ["-E"], ["-S"], ["-uI"], ["-Ic"], ["-W", "error", "-I"], ["-Xdev", "-Es"]])
def test_options_that_keep_the_card_out_are_refused(run: Run, options: list[str]) -> None:
    rest = ["print('ran')"] if options[-1].endswith("c") else ["-c", "print('ran')"]
    done = run("iso7816", sys.executable, *options, *rest)
    assert (done.returncode, done.stdout) == (125, "")
    assert "sitecustomize" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [["-P"], ["-s"], ["-B", "-u"], ["-X", "dev"], ["-Werror"], ["-bb"], ["-O"]])
def test_other_options_do_no_harm(run: Run, options: list[str]) -> None:
    done = run("iso7816", sys.executable, *options, "-c", "from smartcard.System import readers; print(readers())")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n", "")


def test_a_module_and_standard_input_as_program(run: Run) -> None:
    assert run("iso7816", sys.executable, "-m", "this").returncode == 0
    done = run("iso7816", sys.executable, "-", text="from smartcard.System import readers; print(readers())\n")
    assert (done.returncode, done.stdout) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n")


FIRST_LINES = {
    "the interpreter": "#!{python}\n",
    "with options": "#!{python} -sP\n",
    "env": "#!/usr/bin/env {name}\n",
    "env -S": "#!/usr/bin/env -S {name} -u\n",
    "env -S with nothing between": "#!/usr/bin/env -S{name}\n",
    "env that sets a variable": "#!/usr/bin/env -S -u TWO ONE=1 {name} -u\n",
    "by way of sh": "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n",
}


@pytest.mark.parametrize("kind", FIRST_LINES)
def test_a_script_is_python_by_its_first_line(run: Run, tmp_path: Path, kind: str) -> None:
    name = "python3"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / name).symlink_to(sys.executable)
    script = tmp_path / "script"
    head = FIRST_LINES[kind].format(python=sys.executable, name=name)
    script.write_text(f"{head}from smartcard.System import readers\nprint(readers())\n")
    script.chmod(0o755)
    environment = {} if sys.prefix != sys.base_prefix else {"PYTHONHOME": sys.prefix}
    path = os.pathsep.join([str(Path(sys.executable).parent), str(tmp_path / "bin"), os.environ["PATH"]])
    done = run("iso7816", str(script), PATH=path, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['Virtual Reader 00 00', 'Virtual Reader 00 01']\n", "")


@pytest.mark.parametrize("arguments", ["-i", "-", "-u PYTHONPATH", "--unset PYTHONPATH", "PYTHONPATH=/"])
def test_a_script_whose_first_line_takes_our_search_path_away_is_refused(
    run: Run, tmp_path: Path, arguments: str
) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/usr/bin/env -S {arguments} {sys.executable}\nprint('ran')\n")
    script.chmod(0o755)
    done = run("iso7816", str(script))
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith(f"scard: {sys.executable} is started without the PYTHONPATH that --via embedded sets")
    assert done.stderr.count("\n") == 1


def test_options_of_the_interpreter_in_a_first_line_are_refused_likewise(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/usr/bin/env -S {sys.executable} -sI\nprint('ran')\n")
    script.chmod(0o755)
    done = run("iso7816", str(script))
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("scard: with -I Python does not look")


def test_an_interpreter_by_another_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(Path(sys.executable).resolve())
    packages = [path for path in sys.path if path.endswith("site-packages")]
    # An installation that is editable is named in a .pth file, which is not read in a folder of PYTHONPATH.
    ours = str(Path(import_module("sandbox").__path__[0]).parent)
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), *packages, ours]))
    done = run("iso7816", str(tmp_path / "mine"), "-c", "print('ran')", PYTHONPATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sitecustomize_may_print(run: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "sitecustomize.py").write_text("import atexit\nprint('1 1 1')\natexit.register(print, '0 0 0')\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    script = tmp_path / "python3"
    script.write_text(f'#!/bin/sh\nPYTHONIOENCODING={encoding} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    text = "import os; from smartcard.System import readers; os.write(2, b'%d' % len(readers()))"
    done = run("iso7816", str(script), "-c", text, PYTHONPATH=path, PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "2")


def bare_environment(folder: Path) -> str:
    """A Python without any of our packages; the path of its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


def test_an_interpreter_without_this_package_is_refused(
    scard_command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = bare_environment(tmp_path / "other")
    # our own packages are found by what -c does, and not by PYTHONPATH, which the other interpreter would inherit
    here = str(Path(import_module("sandbox").__path__[0]).parent)
    inside = f"import sys; sys.path.insert(0, {here!r}); from sandbox.command_line import main; main()"
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", inside, "run", "--via", "embedded", "--card", "iso7816", "--", other, "-c", "print(1)"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith(f"scard: {other} has no scardmgr: install it there")
    assert done.stderr.count("\n") == 1


def test_an_interpreter_without_pyscard_is_told_of(run: Run, tmp_path: Path) -> None:
    other = bare_environment(tmp_path / "other")
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("sandbox", "scardmgr", "iso7816", "emulator", "virtual_reader"):
        (packages / name).symlink_to(Path(import_module(name).__path__[0]))
    path = os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH")]))
    done = run("iso7816", other, "-c", "print('ran')", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert (
        done.stderr == f"scard: warning: {other} has no pyscard: its programs can see the card only through scardmgr\n"
    )


def test_an_interpreter_that_does_not_start_is_refused(run: Run, tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    fake.chmod(0o755)
    done = run("iso7816", str(fake), "-c", "print(1)")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == f"scard: {fake} does not start: broken\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["no-such-profile"], "no-such-profile"), (["missing.toml"], "missing.toml"), (["missing.card"], "missing.card")],
)
def test_a_card_that_is_none_is_told_before_anything_runs(run: Run, arguments: list[str], says: str) -> None:
    done = run(arguments[0], *python("print('ran')"))
    assert (done.returncode, done.stdout) == (125, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


# Exit status and signals


def test_the_programs_status_is_ours(run: Run) -> None:
    assert run("iso7816", *python("import sys; sys.exit(7)")).returncode == 7
    assert run("iso7816", "/no/such/python3").returncode == 127
    assert run("iso7816", "/etc/passwd").returncode == 126


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_goes_on_to_the_program(signum: signal.Signals, scard_command: tuple[str, ...]) -> None:
    text = (
        "import os, signal, sys, time\nfrom smartcard.System import readers\nreaders()\n"
        # os.write: the signal may come while print is still at it, and print may not be entered twice
        "def caught(*_):\n    os.write(1, b'caught\\n')\n    sys.exit(9)\n"
        # and it is heard of when a call of the system ends, if it came the moment before that began
        f"signal.signal({int(signum)}, caught)\nos.write(1, b'ready\\n')\nwhile True:\n    time.sleep(0.05)\n"
    )
    command = [*scard_command, "run", "--via", "embedded", "--card", "iso7816", "--", *python(text)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signum)
        output, _ = process.communicate(timeout=60)
    assert (output, process.returncode) == ("caught\n", 9)
