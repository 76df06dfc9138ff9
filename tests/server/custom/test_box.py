"""A boxed node answers like the arithmetic it holds, and whatever else it tries ends it with a sentence: for real."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from server.app import build
from server.custom import box, seccomp
from server.custom.running import Boxes
from server.settings import BadSettings, Settings
from spec.custom import Custom, CustomFailed
from spec.evaluation import Evaluation
from spec.operands import PriceOf, SmaOf
from tests.server.commands import ROOT
from tests.server.custom.boxes import bars, needs_box, node, running, source

pytestmark = needs_box


def said(one: Custom, count: int = 10) -> str:
    """What comes of a node that fails."""
    with pytest.raises(CustomFailed) as failure, running(one) as (evaluation, _):
        evaluation.advance(bars(count))
    return str(failure.value)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_answers_with_true_and_a_value_on_each_bar() -> None:
    with running(node()) as (evaluation, _):
        hits = evaluation.advance(bars(50))["mine"].hits
    close = bars(50).close
    rows = [at for at in range(2, 50) if close[at] > close[at - 2]]
    assert hits.index.tolist() == rows
    assert hits.value.tolist() == [close[at] - close[at - 2] for at in rows]


def test_blocks_of_any_size_ask_the_same_questions() -> None:
    """More bars than one question holds, with an indicator and a look back among the inputs."""
    text = source("return window.close[-1] > window.slow[0] + self.params['more'] and window.time[-1] % 600 == 0")
    one = Custom("5m", {"close": PriceOf(), "slow": SmaOf(12, back=2)}, "state", 3, text, {"more": 0.01})
    series, boxes = bars(2_600), Boxes()
    try:
        whole = Evaluation({"mine": one}, None, series, boxes.begin).advance(series)["mine"].hits
        stepping = Evaluation({"mine": one}, None, series, boxes.begin)
        sizes = np.random.default_rng(3).integers(1, 9, 2_600).cumsum()
        parts = np.split(np.arange(2_600), sizes[sizes < 2_600])
        steps = [stepping.advance(series[rows[0] : rows[-1] + 1])["mine"].hits for rows in parts]
    finally:
        boxes.close()
    assert np.concatenate([hits.index for hits in steps]).tolist() == whole.index.tolist()
    assert len(whole) > 100


def test_what_it_prints_is_no_answer() -> None:
    with running(node("print('hello' * 10_000)\nreturn True")) as (evaluation, _):
        assert len(evaluation.advance(bars(10))["mine"].hits) == 8


def test_sets_have_one_order_in_every_box() -> None:
    found = []
    for _ in range(2):
        with running(node("return True, hash('a') % 1_000_003")) as (evaluation, _boxes):
            found.append(evaluation.advance(bars(3))["mine"].hits.value.tolist())
    assert found[0] == found[1]


def test_the_process_ends_with_the_evaluation() -> None:
    with running(node()) as (evaluation, boxes):
        evaluation.advance(bars(10))
        (pid,) = boxes.pids
        assert alive(pid)
    assert not alive(pid)


def test_a_question_that_is_being_asked_ends_when_its_box_is_closed() -> None:
    failures: list[str] = []
    with running(node("while True: pass")) as (evaluation, boxes):

        def ask() -> None:
            with pytest.raises(CustomFailed) as failure:
                evaluation.advance(bars(10))
            failures.append(str(failure.value))

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.2)
        boxes.close()
        asking.join(2)
    assert failures[0].startswith("custom node mine: its process ended in the middle of a question")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero (line 7)"),
        ("return 1", "TypeError: evaluate has to return true or false, or a pair of that and a number, not int"),
        ("return None", "not NoneType"),
        ("return True, 'x'", "not (bool, str)"),
        ("return True, float('inf')", "ValueError: the number that evaluate returns has to be finite"),
        ("return True, 1, 2", "not (bool, int, int)"),
        ("raise SystemExit(3)", "SystemExit: 3 (line 7)"),
        ("return self.evaluate(window)", "RecursionError: "),
        ("raise ValueError('\\x1b[2J\\u202e' + 'x' * 9_000)", "ValueError: ?[2J?xxx"),
        ("bytearray(10 << 30)", "MemoryError (line 7)"),
        ("rows = [b'x' * 1_000_000 for _ in range(10_000)]", "MemoryError"),
        ("import os\nos._exit(3)", "its process ended in the middle of a question (exit code 3)"),
        (
            "import os\nos.kill(os.getpid(), 9)\nreturn True",
            "its process ended in the middle of a question (exit code ",
        ),
        ("import ctypes\nctypes.string_at(0)", ""),
        ("import os\nos.close(0)\nreturn True", ""),
    ],
)
def test_a_mistake_ends_it_with_a_sentence(body: str, what: str) -> None:
    sentence = said(node(body))
    assert sentence.startswith("custom node mine: ")
    assert what in sentence
    assert len(sentence) < 600
    assert sentence.isprintable()


def test_an_error_whose_words_are_hostile_is_told_by_its_name() -> None:
    head = "class Mean(Exception):\n    def __str__(self):\n        raise self\n\n"
    assert said(node("raise Mean", head)) == "custom node mine: Mean (line 11)"


@pytest.mark.parametrize(
    "body",
    [
        "import os\nos.write(3, b'garbage' * 10)\nreturn True",
        "import os\nos.write(3, b'\\xff\\xff\\xff\\xff')\nreturn True",
        "import os\nos.write(3, b'\\0\\0\\0\\0')\nreturn True",
        "import os\nos.write(3, b'\\0\\0\\0\\1\\0')\nreturn True",
        "import os\nos.write(3, b'\\0\\0\\0\\x49\\0' + b'\\7' * 72)\nreturn True",
        "import os\nos.write(3, b'\\0\\0\\0\\x49\\5' + b'\\1' * 72)\nreturn True",
    ],
)
def test_garbage_on_the_pipe_is_no_answer(body: str) -> None:
    assert said(node(body)) == "custom node mine: it wrote something that is no answer"


def test_output_without_end_is_not_read() -> None:
    began = time.perf_counter()
    sentence = said(node("import os\nwhile True: os.write(3, b'\\0\\0\\1\\0' + b'x' * 65_000)"))
    assert sentence == "custom node mine: it wrote something that is no answer"
    assert time.perf_counter() - began < 3


def test_a_loop_without_end_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.custom.running.TO_ANSWER", 0.5)
    assert said(node("while True: pass")) == "custom node mine: it did not answer within 0.5 seconds"


def test_one_that_does_not_read_its_question_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers the first by itself and then sleeps; the second is larger than what the pipe holds."""
    monkeypatch.setattr("server.custom.running.TO_ANSWER", 0.5)
    text = source("import os, time\nos.write(3, b'\\0\\0\\0\\x0a\\0\\1' + bytes(8))\ntime.sleep(60)")
    one = Custom("5m", {f"x{at}": PriceOf() for at in range(16)}, "pulse", 1, text)
    with running(one) as (evaluation, boxes):
        assert len(evaluation.advance(bars(1))["mine"].hits) == 1
        with pytest.raises(CustomFailed, match=r"did not answer within 0\.5 seconds"):
            evaluation.advance(bars(1_025)[1:])
        assert not any(alive(pid) for pid in boxes.pids)


def test_one_that_does_not_load_says_so_when_it_begins() -> None:
    boxes = Boxes()
    try:
        with pytest.raises(CustomFailed) as failure:
            boxes.begin("mine", node("return True", "import numpy\n"))
    finally:
        boxes.close()
    assert str(failure.value) == "custom node mine: ModuleNotFoundError: No module named 'numpy' (line 1)"


HOME = str(Path.home())
# Where Python itself lies below the home, the folder on the way to it is all that is there.
BELOW = Path(sys.base_prefix).is_relative_to(HOME)
MOUNTED = {Path(sys.base_prefix).relative_to(HOME).parts[0]} if BELOW else set()
TRIES = {
    "network": "import socket\nsocket.create_connection(('127.0.0.1', 5432), 1)",
    "unix socket": "import socket\nsocket.socket(socket.AF_UNIX)",
    "password file": "open('/etc/passwd').read()",
    "home": f"import os\nif set(os.listdir({HOME!r})) <= {MOUNTED!r}: raise OSError('nothing but the way to Python')",
    "processes": "import os\nos.listdir('/proc')",
    "devices": "open('/dev/null')",
    "our own code": f"open({str(Path(box.__file__))!r}).read()",
    "write": "open('/lib/x', 'w')",
    "write beside it": "open('/x', 'w')",
    "rewrite": "open('/child.py', 'a')",
    "fork": "import os\nos.fork()",
    "thread": "import threading\nthreading.Thread(target=print).start()",
    "program": "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'true'])",
    "more memory": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))",
    "namespace": "import ctypes\nif ctypes.CDLL(None, use_errno=True).unshare(0x10000000): raise OSError('refused')",
    "memory file": "import os\nos.write(os.memfd_create('x'), b'x')",
    "shared memory": "import ctypes\nif ctypes.CDLL(None).shmget(0, 4096, 0o1600) < 0: raise OSError('refused')",
    "trace": "import ctypes\nif ctypes.CDLL(None).ptrace(0, 0, 0, 0): raise OSError('refused')",
}


@pytest.mark.parametrize("body", TRIES.values(), ids=TRIES.keys())
def test_the_box_holds(body: str) -> None:
    """Each ends with an error of its own: what it reached for is not there, or is refused."""
    sentence = said(node(body + "\nreturn True"))
    kinds = ("OSError", "FileNotFoundError", "PermissionError", "RuntimeError", "ValueError", "AssertionError")
    assert sentence.removeprefix("custom node mine: ").split(":")[0].split(" ")[0] in kinds, sentence


def test_there_is_nothing_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_CREDENTIAL_KEY", "0" * 64)
    body = "import os\nassert not os.environ, os.environ\nassert os.getcwd() == '/'\nreturn True"
    with running(node(body)) as (evaluation, _):
        assert len(evaluation.advance(bars(4))["mine"].hits) == 2
    with running(node("import ctypes, os\nreturn ctypes.CDLL(None).getenv(b'DRAWBRIDGE_CREDENTIAL_KEY') == 0")) as (
        evaluation,
        _,
    ):
        assert len(evaluation.advance(bars(4))["mine"].hits) == 2


def test_a_file_of_the_server_is_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "credential.key"
    secret.write_text("0" * 64)
    assert said(node(f"open({str(secret)!r})\nreturn True")).startswith("custom node mine: FileNotFoundError")


def test_a_fork_bomb_starts_not_one_process() -> None:
    body = """
    import os
    for _ in range(1_000):
        try:
            os.fork()
        except PermissionError:
            continue
        return False
    return True
    """
    with running(node(body)) as (evaluation, _):
        assert len(evaluation.advance(bars(3))["mine"].hits) == 1


def children(pid: int) -> list[int]:
    """A process and all that came of it."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for one in found for each in children(int(one)))]


def test_a_killed_server_leaves_no_box_behind() -> None:
    """What started the box is killed; within a moment the box and what runs in it are gone."""
    program = (
        "import time\nfrom server.custom.running import Boxes\nfrom tests.server.custom.boxes import node\n"
        "boxes = Boxes()\nboxes.begin('mine', node())\nprint(boxes.pids[0], flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        inside = children(int(server.stdout.readline()))
        assert len(inside) > 1
        server.kill()
    for _ in range(200):
        if not any(alive(pid) for pid in inside):
            break
        time.sleep(0.02)
    assert [pid for pid in inside if alive(pid)] == []


def test_it_does_not_hear_the_machines_own_name() -> None:
    assert (
        said(node("import os\nraise ValueError(os.uname().nodename)")) == "custom node mine: ValueError: box (line 8)"
    )


def test_a_folder_that_a_box_would_show_is_named(tmp_path: Path) -> None:
    assert box.shown_of([tmp_path]) is None
    inside = Path(sys.base_prefix) / "data"
    words = f"{inside} lies under {sys.base_prefix}, which a custom node may read; keep it elsewhere"
    assert box.shown_of([tmp_path, inside]) == words
    settings = Settings(custom_nodes=True, data_dir=tmp_path, strategy_repo=inside)
    assert settings.private == (tmp_path, inside, tmp_path, tmp_path)
    with pytest.raises(BadSettings, match=r"DRAWBRIDGE_CUSTOM_NODES cannot be used: .* keep it elsewhere"):
        build(settings)
    assert Settings(database_url="postgres://x", data_dir=tmp_path).private[-1] == tmp_path


def test_without_bubblewrap_it_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert box.why_not() == "bubblewrap is not installed here (Debian: apt-get install bubblewrap)"
    with pytest.raises(CustomFailed) as failure:
        Boxes().begin("mine", node())
    assert str(failure.value) == f"custom node mine: it cannot run here: {box.why_not()}"


def test_where_bubblewrap_may_make_no_box_it_is_refused_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on machines that forbid user namespaces; the program there is the real one's words."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    why = "bubblewrap cannot make a box here (bwrap: No permissions to create a new namespace)"
    assert box.why_not() == why
    boxes = Boxes()
    with pytest.raises(CustomFailed, match="No permissions to create a new namespace"):
        boxes.begin("mine", node())
    boxes.close()


@pytest.mark.parametrize("prefix", ["/", HOME])
def test_where_pythons_own_folder_holds_the_home_no_box_is_made(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setattr(sys, "base_prefix", prefix)
    assert box.why_not() == f"Python's own folder is {prefix}, so a box would show the home below it"


def test_a_processor_whose_calls_are_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "CALLS", {})
    assert str(box.why_not()).startswith("there is no filter of system calls for this kind of processor (")
