"""Draws what Slack shows, as small pictures for the documentation: ``python -m docs.slack_preview``.

Blocks become HTML in a chat's general look, and Chromium makes a picture of it. Each picture carries a hash of what it
shows; tests/docs fails while one is stale.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from docs.slack_scenes import Scene, picture, scenes
from server.slack.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent / "slack"
STYLE = Path(__file__).with_suffix(".css")
KEY = "shows"  # of the hash in a picture
MOST_BYTES = 150_000
COLOURS = 256
SIGNS = {
    "large_green_circle": ("#2bac76", ""),
    "large_blue_circle": ("#3b88d8", ""),
    "large_yellow_circle": ("#e8b33a", ""),
    "red_circle": ("#d63b4a", ""),
    "white_circle": ("#cfd3d8", ""),
    "black_large_square": ("#3a3a3a", "square"),
    "double_vertical_bar": ("#616061", "pause"),
    "octagonal_sign": ("#d63b4a", "stop"),
}
LETTERS = {"grey_question": "?", "pencil2": "\u270e", "no_entry": "\u2298"}
MARKS: tuple[tuple[str, str], ...] = (
    (r"<(https?://[^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>'),
    (r"```(.+?)```", r"<pre>\1</pre>"),
    (r"`([^`\n]+)`", r"<code>\1</code>"),
    (r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"<b>\1</b>"),
)


def page_of(scene: Scene) -> str:
    """A scene as a page."""
    body = DRAWN[scene.kind](scene)
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE.read_text("utf-8")}</style><div id="scene">{body}</div>'


def _message(scene: Scene) -> str:
    said: Message = scene.shown
    who = '<div class="who"><b>Drawbridge</b><small><span class="app">APP</span>9:25 AM</small></div>'
    thread = " thread" if scene.thread else ""
    return f'<div class="message{thread}"><div class="avatar">D</div><div>{who}{blocks_of(said.blocks)}</div></div>'


def _home(scene: Scene) -> str:
    return f'<div class="home">{blocks_of(scene.shown["blocks"])}</div>'


def _modal(scene: Scene) -> str:
    view = scene.shown
    return _window("modal", view["title"], blocks_of(view["blocks"]), (view["close"], view["submit"]))


def _dialog(scene: Scene) -> str:
    asked = scene.shown
    return _window("dialog", asked["title"], f"<div>{_plain(asked['text'])}</div>", (asked["deny"], asked["confirm"]))


def _window(kind: str, title: dict[str, Any], inside: str, ends: tuple[dict[str, Any], dict[str, Any]]) -> str:
    no, yes = map(_plain, ends)
    foot = f'<span class="button">{no}</span><span class="button primary">{yes}</span>'
    return f'<div class="{kind}"><h1>{_plain(title)}</h1>{inside}<div class="foot">{foot}</div></div>'


DRAWN: dict[str, Callable[[Scene], str]] = {"message": _message, "home": _home, "modal": _modal, "dialog": _dialog}


def blocks_of(blocks: Any) -> str:
    """Blocks as HTML, one below the other."""
    return "".join(f'<div class="block {block["type"]}">{_block(block)}</div>' for block in blocks)


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return _plain(block["text"])
        case "section":
            beside = _element(block["accessory"]) if block.get("accessory") else ""
            return f"<div>{_text(block['text'])}</div>{beside}"
        case "context":
            return "".join(map(_text, block["elements"]))
        case "image":
            data = base64.b64encode(picture(block["slack_file"]["id"])).decode()
            return f'<img alt="{html.escape(block["alt_text"])}" src="data:image/png;base64,{data}">'
        case "actions":
            return "".join(map(_element, block["elements"]))
        case "input":
            hint = f'<div class="hint">{_plain(block["hint"])}</div>' if block.get("hint") else ""
            optional = " (optional)" if block.get("optional") else ""
            label = f"<label>{_plain(block['label'])}{optional}</label>"
            return f'<div class="field">{label}{_element(block["element"])}{hint}</div>'
        case _:
            return "<hr>"


def _element(one: dict[str, Any]) -> str:
    match one["type"]:
        case "button":
            return f'<span class="button {one.get("style", "")}">{_plain(one["text"])}</span>'
        case "static_select":
            shown = one["initial_option"]["text"] if one.get("initial_option") else one["placeholder"]
            return f'<span class="select">{_plain(shown)}</span>'
        case _:
            value = one.get("initial_value", "")
            held = html.escape(value) if value else _plain(one["placeholder"]) if one.get("placeholder") else "\u00a0"
            return f'<span class="entry {"" if value else "empty"}">{held}</span>'


def _plain(text: dict[str, Any]) -> str:
    return html.escape(text["text"])


def _text(text: dict[str, Any]) -> str:
    """A text object; ``mrkdwn`` with its marks: what it escapes is escaped in HTML as well."""
    if text["type"] == "plain_text":
        return _plain(text)
    said = text["text"]
    for pattern, made in MARKS:
        said = re.sub(pattern, made, said, flags=re.DOTALL)
    lines = re.sub(r":([a-z0-9_]+):", _sign, said).split("<pre>")
    return "<pre>".join(_broken(part) for part in lines)


def _broken(part: str) -> str:
    """Line breaks, outside what keeps its own."""
    kept, end, rest = part.rpartition("</pre>")
    return kept + end + rest.strip("\n").replace("\n", "<br>")


def _sign(found: re.Match[str]) -> str:
    name = found[1]
    if name in SIGNS:
        colour, shape = SIGNS[name]
        return f'<span class="sign {shape}" style="background:{colour}"></span>'
    return LETTERS.get(name, found[0])


def hash_of(scene: Scene) -> str:
    """What a picture of the scene shows, the charts in it apart."""
    shown = structs.asdict(scene.shown) if isinstance(scene.shown, Message) else scene.shown
    said = json.dumps([scene.kind, scene.thread, shown], sort_keys=True) + STYLE.read_text("utf-8")
    return hashlib.sha256(said.encode()).hexdigest()


def _small(png: bytes, shows: str) -> bytes:
    """The picture in few colours, with the hash of what it shows."""
    info = PngInfo()
    info.add_text(KEY, shows)
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(out, "PNG", optimize=True, pnginfo=info)
    return out.getvalue()


def main(names: list[str]) -> int:
    """Draw the scenes named, or all."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only drawing needs a browser

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 400, "height": 300}, device_scale_factor=2)
        for name, scene in scenes().items():
            if not names or name in names:
                page.set_content(page_of(scene))
                png = _small(page.locator("#scene").screenshot(), hash_of(scene))
                (FOLDER / f"{name}.png").write_bytes(png)
                print(f"{name}: {len(png) // 1024} kB", file=sys.stderr)  # noqa: T201
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
