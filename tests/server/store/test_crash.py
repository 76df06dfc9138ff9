"""A process killed at any moment: what it had acknowledged is there, with its event, and nothing is there by half."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Any

import pytest

from server.store.events import read_after
from server.store.store import Store
from server.store.tables import Alert, Flag
from tests.server.store.databases import NoPostgres, new_postgres

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS, SOAK_ROUNDS = 3, 100


def writing(url: str, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.server.store.writer", url, name, "1000000", "8"]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def killed_after(child: subprocess.Popen[bytes], seconds: float) -> list[str]:
    """The names it said were committed."""
    time.sleep(seconds)
    child.kill()
    output: IO[bytes] | None = child.stdout
    assert output
    said = output.read().decode()
    output.close()
    child.wait()
    return said.rpartition("\n")[0].split()


async def stored(url: str) -> tuple[set[str], set[str], list[str]]:
    """The names of flags, of alerts and of events."""
    store = Store(url)
    await store.open()
    subjects: list[str] = []
    seq = 0
    while page := await read_after(seq):
        subjects += [row.subject for row in page]
        seq = page[-1].seq
    flags: list[Any] = await Flag.all().values_list("name", flat=True)
    alerts: list[Any] = await Alert.all().values_list("id", flat=True)
    await store.close()
    return set(flags), set(alerts), subjects


def kill_and_look(url: str, seed: int, rounds: int) -> None:
    dice, acknowledged = random.Random(seed), set[str]()
    for number in range(rounds):
        child = writing(url, f"r{number}n")
        assert child.stdout
        assert child.stdout.readline() == b"open\n"
        names = killed_after(child, dice.uniform(0.02, 0.6))
        acknowledged |= set(names)
        flags, alerts, subjects = asyncio.run(stored(url))
        assert (flags, len(subjects)) == (alerts, len(set(subjects)))
        assert flags == set(subjects)
        assert acknowledged <= flags
        assert len(flags - acknowledged) <= 8 * (number + 1)
    assert acknowledged


def kill_while_opening(url: str, seed: int) -> None:
    child = writing(url, "n")
    names = killed_after(child, random.Random(seed).uniform(0.2, 0.9))
    flags, alerts, subjects = asyncio.run(stored(url))
    assert flags == alerts == set(subjects) >= set(names) - {"open"}


def test_killed_at_any_moment_it_has_kept_what_it_acknowledged(url: str) -> None:
    kill_and_look(url, seed=1, rounds=ROUNDS)


@pytest.mark.soak
def test_killed_often_it_has_kept_what_it_acknowledged(url: str) -> None:
    kill_and_look(url, seed=2, rounds=SOAK_ROUNDS)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_killed_while_it_makes_its_tables_it_can_be_opened_again(tmp_path: Path, seed: int) -> None:
    kill_while_opening(f"sqlite://{tmp_path / 'drawbridge.db'}", seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SOAK_ROUNDS))
def test_killed_often_while_it_makes_its_tables_it_can_be_opened_again(tmp_path: Path, seed: int) -> None:
    kill_while_opening(f"sqlite://{tmp_path / 'drawbridge.db'}", seed)
    try:
        with new_postgres() as database:
            kill_while_opening(database.url, seed)
    except NoPostgres as why:
        pytest.skip(str(why))
