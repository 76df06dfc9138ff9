"""``drawbridge freeze``: a draft becomes an artifact that never changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from interpreters.draft import Question
from interpreters.freezing import StillOpen, freeze_draft, read_draft
from server.cli.errors import BadInput, No
from server.cli.output import read_file, say, show, write_file
from server.custom.reading import BadNodeFile, read_node
from server.custom.running import try_out
from server.settings import read_settings
from spec.artifact import write


def freeze_command(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="A draft from `drawbridge interpret`; - reads stdin.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the artifact goes.")],
    strategy: Annotated[str | None, typer.Option(metavar="ID", help="Which strategy of the draft.")] = None,
    answer: Annotated[list[str] | None, typer.Option(metavar="Q=CHOICE", help="Answer a question (repeat it).")] = None,
    proposer: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who proposes it.")] = None,
    custom: Annotated[
        list[str] | None, typer.Option(metavar="NODE=FILE", help="Add a custom node in Python (repeat it).")
    ] = None,
) -> None:
    """Freeze a strategy or watch of a draft, and print its digest.

    While questions are open they are listed and nothing is written (exit code 1). A custom node is read by what the
    draft names it in, such as an all_of; DRAWBRIDGE_CUSTOM_NODES has to allow it.

    Examples:
      drawbridge freeze draft.yaml -o strategy.yaml

      drawbridge freeze draft.yaml --strategy ethbtc-5m-long --answer scale=linear -o long.yaml

      drawbridge freeze draft.yaml --custom quiet=quiet.py -o quiet-long.yaml

    """
    code = _nodes(custom or [])
    try:
        artifact = freeze_draft(read_draft(read_file(draft)), strategy, _answers(answer or []), proposer, code)
    except StillOpen as still:
        raise No(_listed(still.questions)) from None
    try_out(artifact.strategy, allowed=read_settings().custom_nodes)
    write_file(output, write(artifact))
    show(artifact.digest)
    say(f"{artifact.id}: {artifact.name}, frozen in {output}")


def _nodes(given: list[str]) -> dict[str, dict[str, Any]]:
    """Custom nodes by name, each read from its file; raises BadInput."""
    nodes: dict[str, dict[str, Any]] = {}
    for text in given:
        name, sign, path = text.partition("=")
        if not sign or not name or not path or name in nodes:
            why = "is given twice; keep one" if name in nodes else "write it as NODE=FILE"
            msg = f"--custom {text}: {why}"
            raise BadInput(msg)
        try:
            nodes[name] = read_node(read_file(Path(path)))
        except BadNodeFile as error:
            msg = f"{path}: {error}"
            raise BadInput(msg) from None
    return nodes


def _answers(given: list[str]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for text in given:
        question, sign, choice = text.partition("=")
        if not sign or not question or not choice:
            msg = f"--answer {text}: write it as QUESTION=CHOICE"
            raise BadInput(msg)
        if answers.get(question, choice) != choice:
            msg = f"--answer {question} is given twice; keep one"
            raise BadInput(msg)
        answers[question] = choice
    return answers


def _listed(questions: tuple[Question, ...]) -> str:
    lines = [f"{len(questions)} open question{'s' if len(questions) > 1 else ''}; nothing was frozen:"]
    for question in questions:
        about = f" (drawing {question.drawing})" if question.drawing else ""
        lines.append(f"  {question.id}{about}: {question.text}")
        lines += [f"    --answer {question.id}={choice.id}   {choice.text}" for choice in question.choices]
        if question.free:
            lines.append(f"    --answer {question.id}=VALUE   a {question.free.form} of your own")
    return "\n".join(lines)
