"""The artifact file: any changed byte is a no, equal values are equal bytes, and newer ones are refused by name."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from spec.artifact import BadArtifact, Changed, parse, read, write
from spec.canonical import canonical, digest, freeze, plain, seal
from spec.geometry import Level
from spec.managing import BreakEven, Managing, Slices, Trail
from spec.operands import Constant
from spec.signals import TrendlineCross
from spec.strategy import Artifact, AtPercent, AtPrice, Entry, Provenance, Strategy
from spec.yaml_form import dump, load
from tests.spec.frozen import MANAGED, MARKET, PROVENANCE, STRATEGY, WATCH, large, managed, measured, sliced, small

EVERY = [small, large, measured, managed, sliced]
GOLDEN_FILES = Path(__file__).parents[1] / "server" / "golden"

AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-6)
from interpreters.freezing import read_draft
from spec.artifact import read
artifact, draft = (open(name, "rb").read() for name in sys.argv[1:])
gate, seen = threading.Barrier(12), []
def work(number):
    gate.wait()
    seen.append(read(artifact).digest if number % 2 else len(read_draft(draft).strategies))
threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(seen), len(set(seen)))
"""


def test_threads_may_read_their_first_artifact_and_draft_at_the_same_time() -> None:
    files = [str(GOLDEN_FILES / name) for name in ("ethbtc-5m-long.yaml", "draft.yaml")]
    done = subprocess.run([sys.executable, "-c", AT_ONCE, *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "12 2\n"), done.stderr[-2000:]


# Of one small set of strategies, for ever: a change of these strings is a change of what was frozen before.
GOLDEN = {
    "my-watch": (
        "92d0c95bb927a68b02398b977550e8f710c8fc379737769146fdb2002cebf00d",
        "615793f077a61ddbf608b76ff7475dfadefc81b0d989a2f571a21cc14bc28524",
        "44f7c705db876ff17a31d608432f76cac0d2b23af5fd08944574fe7379fda0a2",
    ),
    "everything": (
        "d979e9d4f4a7c9d02a3f4b4bd0524c25697af3b01d8b35b12d71e5f467663b3e",
        "96511d3059d0d43819dd7978b102a2d9c5e04378b196ba79ea277bed5274e8cf",
        "8bd105a821d567b8614e7ccdeb31f98ec45a8b23476bf91a8e9369af3c2e01d1",
    ),
    "measured": (
        "f16252016ddcf04f43e935f946a3adcb4c921aeb0fd241b78432902598fad4ab",
        "fd42148caf8f61bee6adc9ba766fa795a23c2836798904eaeb746bc456b3224a",
        "5a6a4ef57e2d809ec423a093667382d976bf2b67e976032357317ab97c09043f",
    ),
    "managed": (
        "daf16137e84db7876b4f8a6f8662b6e157daef9c9937deac758feab3a2df55c8",
        "8d38fe783b8e95069fd575a12c0e9b7b74171b371f842abf49ffdf07027ca575",
        "27c94756cb05e23d51e35f6d1e1b95d5743b9bcc275e795fcc35c02aa56e5f41",
    ),
    "sliced": (
        "ae770d9c5e73c05c30c503fd78bebcc452232ad461cbd8f36dca9eedfc131e94",
        "a7636d832b0091006426f499f8b01584b3578f9282b76801d5a1d0380ef3748d",
        "1cd53fd761838982fc61489f84b9575903bb90c9394c2d150f1794483fb58f57",
    ),
}


@pytest.mark.parametrize("make", EVERY)
def test_the_digests_of_the_golden_strategies_have_not_changed(make: Any) -> None:
    """On every Python and machine; the third is the sha256 of the file's bytes."""
    artifact = make()
    found = (artifact.digest, artifact.seal, hashlib.sha256(write(artifact)).hexdigest())
    assert found == GOLDEN[artifact.id]


@pytest.mark.parametrize("make", EVERY)
def test_what_is_written_is_read_back(make: Any) -> None:
    artifact = make()
    assert read(write(artifact)) == artifact
    assert write(read(write(artifact))) == write(artifact)


def refused(raw: bytes) -> bool:
    """Whether reading refuses the bytes, in one sentence."""
    try:
        read(raw)
    except BadArtifact as error:
        return bool(str(error)) and "\n" not in str(error)[:60]
    return False


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_any_changed_byte_is_a_no(mask: int) -> None:
    raw = write(small())
    accepted = [at for at in range(len(raw)) if not refused(raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :])]
    assert accepted == []


def test_any_changed_missing_or_repeated_byte_of_a_large_file_is_a_no() -> None:
    raw, dice = write(large()), random.Random(1)
    for at in dice.sample(range(len(raw)), 60):
        changed = bytes([raw[at] ^ dice.randrange(1, 256)])
        for middle in (changed, b"", raw[at : at + 1] * 2):
            assert refused(raw[:at] + middle + raw[at + 1 :]), (at, middle)


def test_a_changed_behaviour_breaks_the_digest_and_anything_else_the_seal() -> None:
    raw = write(small())
    with pytest.raises(Changed, match="the digest does not match: what the strategy does was changed"):
        read(raw.replace(b"price: 100.0", b"price: 101.0"))
    with pytest.raises(Changed, match="the seal does not match: something beside the strategy's behaviour was changed"):
        read(raw.replace(b"name: Watch", b"name: Catch"))


def swapped(raw: bytes, one: bytes, two: bytes) -> bytes:
    return raw.replace(one, b"@").replace(two, one).replace(b"@", two)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: swapped(raw, b"id: my-watch\n", b"name: Watch\n"),
        lambda raw: raw.replace(b"price: 100.0", b"price: 100"),
        lambda raw: raw.replace(b"price: 100.0", b"price: 1.0e+02"),
        lambda raw: raw.replace(b"name: Watch", b'name: "Watch"'),
        lambda raw: raw.replace(b"name: Watch", b"name:  Watch"),
        lambda raw: raw.replace(b"nodes: [level]", b"nodes:\n    - level"),
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"  valid_from: null\n", b"  valid_from: ~\n", 1),
        lambda raw: raw.replace(b"      valid_from: null\n", b""),
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: raw + b"\n",
        lambda raw: raw + b"# a comment\n",
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: b"---\n" + raw,
        lambda raw: json.dumps(load(raw)).encode(),
    ],
)
def test_the_same_values_in_another_layout_are_a_no(change: Any) -> None:
    raw = write(small())
    assert change(raw) != raw
    with pytest.raises(Changed, match="the file is not in normal form: its layout was changed after it was frozen"):
        read(change(raw))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("drawbridge: 1", "drawbridge: 2", "it was frozen with schema 2, and this version knows up to 1; use a newer"),
        ("semantics: 1", "semantics: 7", "it was frozen with semantics 7, and this version knows up to 1; use a newer"),
        ("drawbridge: 1", "drawbridge: 0", "it is no valid frozen strategy: Invalid enum value 0"),
        ("kind: trendline_cross", "kind: unheard_of", "it is no valid frozen strategy: Invalid value 'unheard_of'"),
        (
            "exit: null",
            "exit: null\n  extra: 1",
            "it is no valid frozen strategy: Object contains unknown field `extra`",
        ),
        ("price: 100.0", "price: high", "it is no valid frozen strategy: Expected `float`, got `str`"),
        ("price: 100.0", "price: 1.0e+999", "it is no frozen strategy: the number 1.0e\\+999 is too large"),
        ("id: my-watch", "id: My Watch", "it is no valid frozen strategy: Expected `str` matching regex"),
        ("  nodes:\n", "  nodes: - 5\n  x:\n", "it is no frozen strategy: block sequence entries are not allowed"),
        ("strategy:\n", "strategy: 5\nx:\n", "it is no valid frozen strategy: Expected `object`, got `int`"),
        (
            'timeframe: "1h"\n  nodes',
            'timeframe: "2h"\n  nodes',
            "node level lives on 1h, which bars of 2h do not fill",
        ),
    ],
)
def test_what_is_no_frozen_strategy_of_ours_is_refused_in_one_sentence(old: str, new: str, sentence: str) -> None:
    text = write(small()).decode()
    assert old in text
    with pytest.raises(BadArtifact, match=sentence):
        parse(text.replace(old, new, 1).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"hello", b"strategy: {}", b"null"])
def test_another_file_is_told_how_a_strategy_is_made(raw: bytes) -> None:
    with pytest.raises(BadArtifact, match="it is no frozen strategy; make one with `drawbridge freeze`"):
        read(raw)


def watch(price: float, **nodes: Any) -> Strategy:
    return replace(WATCH, nodes={"level": TrendlineCross("1h", Level(price)), **nodes})


@pytest.mark.parametrize(("one", "two"), [(1, 1.0), (-0.0, 0.0), (0, -0.0), (10**15, 1e15)])
def test_equal_numbers_are_equal_bytes(one: float, two: float) -> None:
    assert write(freeze("x", "x", watch(one), PROVENANCE)) == write(freeze("x", "x", watch(two), PROVENANCE))


def test_the_order_in_which_nodes_and_answers_were_named_does_not_matter() -> None:
    first, second = TrendlineCross("1h", Level(1)), TrendlineCross("1h", Level(2))
    one = freeze("x", "x", watch(3, a=first, b=second), replace(PROVENANCE, answers={"p": "1", "q": "2"}))
    two = freeze("x", "x", watch(3, b=second, a=first), replace(PROVENANCE, answers={"q": "2", "p": "1"}))
    assert write(one) == write(two)


def test_the_digest_holds_the_behaviour_and_the_seal_everything() -> None:
    frozen = freeze("x", "x", STRATEGY, PROVENANCE)
    renamed = freeze("y", "another name", STRATEGY, replace(PROVENANCE, proposer="bert"))
    assert (renamed.digest, renamed.seal == frozen.seal) == (frozen.digest, False)
    for change in ({"timeframe": "1h"}, {"market": replace(MARKET, tick_size=0.1)}, {"exit": None}):
        assert freeze("x", "x", replace(STRATEGY, **change), PROVENANCE).digest != frozen.digest


def test_every_field_of_a_strategy_is_in_its_digest() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(Strategy)}
    assert set(json.loads(canonical(STRATEGY))) == fields - {"managing"}
    assert set(json.loads(canonical(MANAGED))) == fields
    assert "semantics" in fields


def test_what_came_later_is_written_only_where_it_says_something() -> None:
    assert replace(STRATEGY, managing=Managing()) == STRATEGY
    assert digest(replace(STRATEGY, managing=Managing())) == digest(STRATEGY)
    assert "order" not in json.loads(canonical(STRATEGY))["entry"]
    assert json.loads(canonical(replace(STRATEGY, managing=Managing(bars=5))))["managing"] == {"bars": 5}
    changes: tuple[Managing, ...] = (
        Managing(bars=5),
        Managing(minute=5),
        Managing(until=5),
        Managing(invalidation=AtPrice(5.0)),
        Managing(trail=Trail(AtPercent(5.0))),
        Managing(trail=Trail(AtPercent(5.0), 1.0)),
        Managing(break_even=BreakEven(1)),
        Managing(break_even=BreakEven(after_r=1.0)),
    )
    assert len({digest(replace(STRATEGY, managing=change)) for change in changes}) == len(changes)


def test_every_part_of_an_entrys_slices_is_in_the_digest() -> None:
    assert "slices" not in json.loads(canonical(STRATEGY))["entry"]
    entry = Entry("long", "break", slices=Slices("vwap", 4))
    assert json.loads(canonical(entry))["slices"] == {"by": "vwap", "parts": 4, "bars": 1}
    changes = (Slices("twap", 4), Slices("twap", 5), Slices("twap", 4, 2), Slices("vwap", 4))
    one = replace(STRATEGY, timeframe="1h")
    digests = {digest(replace(one, entry=replace(entry, slices=change))) for change in changes}
    assert len(digests | {digest(one)}) == 5


def test_an_empty_managing_is_no_normal_form() -> None:
    raw = write(small())
    said = raw.replace(b"  semantics: 1\n", b"  semantics: 1\n  managing: {}\n", 1)
    assert said != raw
    with pytest.raises(Changed, match="not in normal form"):
        read(said)


def test_the_hashes_are_those_of_the_canonical_bytes() -> None:
    artifact = small()
    body = b"drawbridge strategy 1\n" + canonical(artifact.strategy)
    assert digest(artifact.strategy) == hashlib.sha256(body).hexdigest() == artifact.digest
    rest = {key: value for key, value in plain(artifact).items() if key != "seal"}
    assert seal(artifact) == hashlib.sha256(b"drawbridge artifact 1\n" + canonical(rest)).hexdigest()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_has_no_canonical_form(number: float) -> None:
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        canonical({"x": number})
    with pytest.raises(ValueError, match="must be a finite number"):
        Constant(number)


def test_freezing_checks_the_names_that_reading_would_refuse() -> None:
    with pytest.raises(msgspec.ValidationError):
        freeze("Not An Id", "x", WATCH, PROVENANCE)
    with pytest.raises(msgspec.ValidationError):
        freeze("x", "x", WATCH, replace(PROVENANCE, export_digest="short"))


def test_a_deeply_nested_file_is_refused_and_does_not_end_the_process() -> None:
    for raw in (b"[" * 300_000 + b"]" * 300_000, b"drawbridge: " + b"{a: " * 300_000, b"- " * 300_000):
        with pytest.raises(BadArtifact, match="it is nested too deeply"):
            read(raw)


def test_a_file_of_every_size_of_text_is_read_back() -> None:
    long = replace(PROVENANCE, answers={"q" * 1000: "x" * 100_000, "": "", "\u2028": "\x00\x7f\ufeff"})
    artifact = freeze("x", "a name: with # all - of {it}", WATCH, long)
    assert read(write(artifact)) == artifact
    assert sys.getrecursionlimit() > 100


def test_an_artifact_that_was_never_frozen_does_not_verify() -> None:
    unsealed = Artifact(1, "0" * 64, "0" * 64, "x", "x", WATCH, Provenance("ab" * 32, "1", None, (), {}))
    with pytest.raises(Changed, match="the digest does not match"):
        read(dump(plain(unsealed)).encode())
