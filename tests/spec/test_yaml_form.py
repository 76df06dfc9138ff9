"""YAML's one normal form: what is written, that nobody reads it differently, and what is refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spec.yaml_form import BadYaml, dump, load

INTS = st.integers(-(10**300), 10**300)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
# Words that some YAML version reads as something else than text, or that its syntax would cut.
WORDS = """
    y n Y N yes no Yes NO on off On OFF true false True TRUE False null Null NULL ~ nan inf NaN INF .nan .NaN .inf -.INF
    0 1 -1 +1 1_000 0x1F 0o17 017 0b101 1e5 1e-8 1E+5 .5 5. 12:30 12:30:45 190:20:30 2024-01-01 2024-01-01T00:00:00Z
    << = - ? : -- --- ... # @a `a %a &a *a !a !!str | > ' " [ ] { } , a: a:b a#b [] {} a,b
"""
LINES = (
    "",
    " ",
    " a",
    "a ",
    "a  b",
    "a: b",
    "a #b",
    "- a",
    "? a",
    "a\nb",
    "a\tb",
    "a\r",
    "\u2028",
    "\ufeffa",
    "\0",
    "\x7f",
)
TRICKY = [*WORDS.split(), *LINES, "a\u0085b", "\u00a0", "\U0001f680"]
TEXT = st.text() | st.sampled_from(TRICKY)
JSON = st.recursive(
    st.none() | st.booleans() | INTS | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)

# The scalars that are not text, in YAML 1.1 (yaml.org/type) and in the core schema of 1.2.
NOT_TEXT = re.compile(
    r"""~|null|Null|NULL|
    y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|
    [-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|
    [-+]?([0-9][0-9_]*)?\.[0-9_.]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*([eE][-+]?[0-9]+)|
    [-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|<<|=|
    [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*""",
    re.VERBOSE,
)


def exact(value: Any) -> str:
    """The value as text that tells 1 from 1.0, and true from 1."""
    return json.dumps(value)


@given(value=JSON)
def test_every_json_value_is_read_back_as_it_was(value: Any) -> None:
    assert exact(load(dump(value).encode())) == exact(value)


@given(value=JSON)
def test_one_value_has_one_form(value: Any) -> None:
    assert dump(load(dump(value).encode())) == dump(value)


@given(value=JSON)
def test_any_other_reader_of_yaml_reads_the_same(value: Any) -> None:
    assert exact(yaml.safe_load(dump(value))) == exact(value)


@given(text=TEXT | st.from_regex(NOT_TEXT, fullmatch=True))
def test_a_text_stands_without_quotes_only_where_every_version_of_yaml_reads_text(text: str) -> None:
    written = dump([text]).removeprefix("- ").removesuffix("\n")
    assert written.startswith('"') or (written == text and not NOT_TEXT.fullmatch(text))


@given(number=FLOATS)
def test_a_float_is_written_so_that_yaml_1_1_reads_a_float(number: float) -> None:
    assert re.fullmatch(r"-?[0-9]+\.[0-9]+(?:e[-+][0-9]+)?", dump(number).strip())


def test_json_is_read_too() -> None:
    value = {"a": [1, 2.5, None, True, "x"], "b": {}}
    assert load(json.dumps(value).encode()) == value


def test_the_normal_form_for_people() -> None:
    value = {
        "name": "long break",
        "timeframe": "1h",
        "on": True,
        "price": 1e-8,
        "nothing": None,
        "nodes": ["a", "b"],
        "none": [],
        "empty": {},
        "list": [{"x": 1, "z": [{"z": 2.0}]}, [[1], [2]], [], {}],
    }
    assert dump(value) == (
        'name: long break\ntimeframe: "1h"\n"on": true\nprice: 1.0e-08\nnothing: null\n'
        "nodes: [a, b]\nnone: []\nempty: {}\nlist:\n- x: 1\n  z:\n  - z: 2.0\n- - [1]\n  - [2]\n- []\n- {}\n"
    )


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("on", "on"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("Null", "Null"),
        ("0x10", "0x10"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("+5", 5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: &anchor b", {"a": "b"}),
        ("9" * 400, int("9" * 400)),
    ],
)
def test_only_plain_words_and_decimal_numbers_are_more_than_text(raw: str, value: object) -> None:
    assert exact(load(raw.encode())) == exact(value)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"a: 1\na: 2", "the key a stands twice (line 2, column 1)"),
        (b"1: 2", "the key 1 is no text (line 1, column 1)"),
        (b"? [a]\n: b", "the key ['a'] is no text (line 1, column 3)"),
        (b"a: &x 1\nb: *x", "it uses a YAML alias (*name); write the value out instead (line 2, column 4)"),
        (
            b"!!python/object:os.system x",
            "it uses the YAML tag tag:yaml.org,2002:python/object:os.system; leave it out (line 1, column 1)",
        ),
        (b'a: !!int "x"', "it uses the YAML tag tag:yaml.org,2002:int; leave it out (line 1, column 4)"),
        (b"- !!set {a}", "it uses the YAML tag tag:yaml.org,2002:set; leave it out (line 1, column 3)"),
        (b"[" * 101 + b"]" * 101, "it is nested too deeply (line 1, column 101)"),
        (b"9" * 401, "a number has too many digits (line 1, column 1)"),
        (b"1e999", "the number 1e999 is too large (line 1, column 1)"),
        (b"-1.0e+400", "the number -1.0e+400 is too large (line 1, column 1)"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"a: b: c", "mapping values are not allowed in this context (line 1, column 5)"),
        (b"--- a\n--- b", "expected a single document in the stream, but found another document (line 2, column 1)"),
        (b"\x00", "control characters are not allowed"),
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadYaml) as refusal:
        load(raw)
    assert str(refusal.value) == sentence


def test_a_hundred_levels_are_read() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]
    assert load(json.dumps(value).encode()) == value


@given(raw=st.binary() | st.text(alphabet="ab01.:-?!&*[]{}#|>'\"%@`,\n\t e~<=", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    with suppress(BadYaml):
        load(raw)


@pytest.mark.parametrize(
    ("value", "error", "sentence"),
    [
        (float("nan"), ValueError, "nan is no finite number"),
        (float("-inf"), ValueError, "-inf is no finite number"),
        ("a\ud800", ValueError, "the text 'a\\\\ud800' holds half a surrogate pair, which is no character"),
        ({"k" * 1025: 1}, ValueError, "the key kkkkkkkkkkkkkkkkkkkk… is 1025 characters long; YAML ends at 1024"),
        ({"a": object()}, TypeError, "object has no normal form"),
    ],
)
def test_what_yaml_cannot_hold_is_not_written(value: object, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        dump(value)


@pytest.mark.parametrize("key", ["k" * 1024, '"' * 511, "." * 1022])
def test_the_longest_keys_are_read_back(key: str) -> None:
    assert load(dump({"a": {key: 1}}).encode()) == {"a": {key: 1}}
