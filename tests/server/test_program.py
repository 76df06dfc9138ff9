"""The program as a process: exit codes, what goes to which stream, and readers, disks and terminals that misbehave."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.cli import output
from server.cli.errors import BadInput
from tests.server.commands import CANDLES, EXPORT, LONG, Commands, frozen

PROGRAM = Path(sys.executable).with_name("drawbridge")
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="drawbridge is not installed beside this Python")
NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full to write to")


def program(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", **more)  # type: ignore[call-overload,no-any-return]


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A bash script in which ``drawbridge`` is this program."""
    search = os.pathsep.join([str(PROGRAM.parent), os.defpath])
    command = ["bash", "-c", script]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={"PATH": search, **variables})


@pytest.fixture
def strategy(folder: Path) -> Path:
    path = folder / "strategy.yaml"
    path.write_bytes(frozen())
    return path


def test_results_go_to_standard_output_and_words_to_standard_error(strategy: Path) -> None:
    done = program("verify", strategy)
    assert (done.returncode, len(done.stdout)) == (0, 65)
    assert done.stderr == f"{strategy} is as it was frozen: {LONG}, long break on BINANCE:ETHBTC 5m\n"


def test_a_no_ends_with_1_and_one_line(strategy: Path) -> None:
    strategy.write_bytes(frozen() + b"\n")
    done = program("verify", strategy)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_bad_input_ends_with_2_and_one_line(folder: Path) -> None:
    (folder / "brackets").write_bytes(b"[" * 5_000_000)
    for arguments in (["interpret", "brackets"], ["freeze", "brackets", "-o", "a"], ["nonsense"], ["verify", "absent"]):
        done = program(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("drawbridge: ")


def test_without_arguments_it_shows_its_commands() -> None:
    done = program()
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("interpret", "freeze", "verify", "signals", "backtest", "chart"):
        assert command in done.stdout


def test_it_says_its_version() -> None:
    assert program("--version").stdout.startswith("drawbridge 0.")


def test_a_draft_can_be_piped_into_freeze(folder: Path) -> None:
    done = shell(f"drawbridge interpret '{EXPORT}' | drawbridge freeze - --strategy {LONG} -o a.yaml && cat a.yaml")
    assert done.returncode == 0
    assert f"\nid: {LONG}\n" in done.stdout


def test_a_reader_that_leaves_early_has_seen_enough_and_the_work_goes_on(strategy: Path, folder: Path) -> None:
    command = f"drawbridge backtest {strategy} --candles '{CANDLES}' --json --chart a.png"
    done = shell(f"{command} | head -1; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "{\n0\n"
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")
    assert done.stderr.splitlines() == [
        "note: an entry signal came while a position was open: one position at a time (1 bars)"
    ]


@NEEDS_FULL
def test_a_full_disk_is_bad_input_in_one_sentence(strategy: Path) -> None:
    done = shell(f"drawbridge signals {strategy} --candles '{CANDLES}' --json > /dev/full")
    said = "drawbridge: standard output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_draft_is_utf_8_whatever_the_terminal_speaks(folder: Path) -> None:
    export = EXPORT.read_bytes().replace(b"long break", "long break Ärger 突破".encode())
    (folder / "export.json").write_bytes(export)
    plain = shell("drawbridge interpret export.json", PYTHONIOENCODING="latin-1", LC_ALL="C")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "long break Ärger 突破" in plain.stdout


def test_the_picture_is_drawn_without_a_display(strategy: Path, folder: Path) -> None:
    done = program("chart", strategy, "--candles", CANDLES, "-o", folder / "a.png", env={"HOME": "/nonexistent"})
    assert (done.returncode, done.stdout) == (0, "")
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")


class TestFiles:
    """What is left behind by writing a file."""

    def test_a_new_file_has_the_rights_that_the_mask_gives(self, folder: Path) -> None:
        before = os.umask(0o027)
        try:
            output.write_file(folder / "a", b"x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o640

    def test_a_file_is_replaced_as_a_whole(self, folder: Path) -> None:
        (folder / "a").write_bytes(b"long before")
        with (folder / "a").open("rb") as reader:
            output.write_file(folder / "a", b"after")
            assert reader.read() == b"long before"
        assert (folder / "a").read_bytes() == b"after"
        assert [path.name for path in folder.iterdir()] == ["a"]

    def test_behind_a_link_the_file_is_replaced_not_the_link(self, folder: Path) -> None:
        (folder / "link").symlink_to("file")
        output.write_file(folder / "link", b"one")
        output.write_file(folder / "link", b"two")
        assert (folder / "link").is_symlink()
        assert (folder / "file").read_bytes() == b"two"

    def test_a_pipe_is_written_to_and_stays_a_pipe(self, strategy: Path, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        done = shell(f"cat pipe > copy & drawbridge chart {strategy} --candles '{CANDLES}' -o pipe; wait")
        assert done.returncode == 0
        assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
        assert (folder / "copy").read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize("name", ["", ".", "absent/a", "x" * 300, "loop", "folder"])
    def test_what_cannot_be_written_leaves_nothing_behind(self, folder: Path, name: str) -> None:
        (folder / "loop").symlink_to("loop")
        (folder / "folder").mkdir()
        with pytest.raises(BadInput, match="cannot be written: "):
            output.write_file(Path(name), b"x")
        assert {path.name for path in folder.iterdir()} == {"loop", "folder"}

    @NEEDS_FULL
    def test_a_device_that_is_full_is_named_and_stays_a_device(self, folder: Path) -> None:
        with pytest.raises(BadInput, match="/dev/full cannot be written: No space left on device"):
            output.write_file(Path("/dev/full"), b"x")
        assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_an_interruption_ends_with_130(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("server.cli.verify.read_file", interrupted)
    assert drawbridge("verify", "a") == (130, "", "")
