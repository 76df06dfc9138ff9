"""The previews of Slack's messages are there, small and fresh: ``python -m docs.slack_preview`` draws them anew."""

from __future__ import annotations

import pytest
from PIL import Image

from docs.slack_preview import FOLDER, KEY, MOST_BYTES, blocks_of, hash_of, page_of
from docs.slack_scenes import scenes
from server.slack.message import Message, section

SCENES = scenes()


def test_every_scene_has_its_picture_and_every_picture_its_scene() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_a_preview_shows_what_slack_shows_now_and_is_small(name: str) -> None:
    path = FOLDER / f"{name}.png"
    with Image.open(path) as picture:
        assert picture.info.get(KEY) == hash_of(SCENES[name]), f"stale: python -m docs.slack_preview {name}"
    assert path.stat().st_size < MOST_BYTES


def test_every_preview_is_on_the_page_of_previews() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in SCENES if f"({name}.png)" not in page] == []


def test_blocks_become_html_with_their_marks() -> None:
    block = section("*bold* `code` &lt;!channel&gt; <https://a.example|there>\nnext :red_circle:").to_dict()
    drawn = blocks_of([block])
    for part in (
        "<b>bold</b>",
        "<code>code</code>",
        "&lt;!channel&gt;",
        '<a href="https://a.example">there</a><br>next',
        'class="sign',
    ):
        assert part in drawn


def test_a_page_holds_its_charts_itself() -> None:
    signal = SCENES["signal"]
    assert isinstance(signal.shown, Message)
    assert 'src="data:image/png;base64,' in page_of(signal)
