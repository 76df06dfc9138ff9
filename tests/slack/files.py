"""files.*: the upload in three steps, processing that takes a while, and downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.slack.calls import Method, Refused, needed
from tests.slack.chat import posted, thread, writable
from tests.slack.messages import checked, is_picture
from tests.slack.workspace import BOT_USER, DOMAIN, TEAM, File

if TYPE_CHECKING:
    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core

KINDS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "txt": "text/plain"}
OTHERS = {"csv": "text/csv", "json": "application/json", "pine": "text/plain", "pdf": "application/pdf"}
OTHERS |= {"html": "text/html"}
MOST = 1 << 30  # bytes


def get_upload_url(slack: Core, args: Args) -> Wire:
    name, length = needed(args, "filename", "length")
    if not length.isdigit() or not 0 < int(length) <= MOST:
        raise Refused("invalid_arguments")
    new = File(slack.space.id("F"), name, BOT_USER, int(length), title=name, alt_text=str(args.get("alt_txt") or ""))
    slack.space.files[new.id] = new
    return {"upload_url": f"{slack.url}/upload/v1/{new.id}", "file_id": new.id}


async def received(slack: Core, request: web.Request) -> web.Response:
    """The second step: bytes, bare or as a form's field."""
    file = slack.space.files.get(request.match_info["id"])
    if file is None or file.content is not None:
        return web.Response(status=404, text="unknown upload")
    if request.content_type == "multipart/form-data":
        field = next(iter((await request.post()).values()))
        body = field.file.read() if isinstance(field, web.FileField) else str(field).encode()
    else:
        body = await request.read()
    if len(body) != file.length:
        return web.Response(status=400, text=f"{len(body)} bytes, announced were {file.length}")
    file.content = body
    return web.Response(text=f"OK - {len(body)}")


def complete(slack: Core, args: Args) -> Wire:
    listed = args.get("files")
    if not isinstance(listed, list) or not listed:
        raise Refused("invalid_arguments")
    found = [uploaded(slack, one) for one in listed]
    for channel in str(args.get("channel_id") or args.get("channels") or "").split(","):
        if channel:
            share(slack, found, args | {"channel_id": channel})
    return {"files": [wire(slack, one) for one in found]}


def uploaded(slack: Core, listed: Any) -> File:
    file = slack.space.files.get(listed.get("id", ""))
    if file is None or file.content is None:
        raise Refused("file_not_found")
    file.title = listed.get("title") or file.title
    file.ready = slack.clock.now() + slack.upload_takes
    return file


def share(slack: Core, files: list[File], args: Args) -> None:
    channel = writable(slack, args["channel_id"])
    for file in files:
        file.channels.append(channel.id)
    kept: Wire = {"text": str(args.get("initial_comment") or ""), "files": [wire(slack, one) for one in files]}
    if not kept["text"] and args.get("blocks"):
        kept["blocks"] = checked(slack, args["blocks"])
        if any(block["type"] == "markdown" for block in kept["blocks"]):
            raise Refused("internal_error")  # slackapi/python-slack-sdk#1756
    posted(slack, channel, kept, thread(channel, args.get("thread_ts")))


def wire(slack: Core, file: File) -> Wire:
    """A file object; what processing finds out is only there afterwards."""
    ending = file.name.rpartition(".")[2].lower()
    known = {"id": file.id, "name": file.name, "title": file.title, "user": file.user, "size": file.length}
    private = f"{slack.url}/files-pri/{TEAM}-{file.id}/{file.name}"
    known |= {"mode": "hosted", "is_external": False, "channels": list(file.channels), "alt_txt": file.alt_text}
    known |= {"url_private": private, "url_private_download": private, "file_access": "visible"}
    known |= {"permalink": f"https://{DOMAIN}.slack.com/files/{file.user}/{file.id}/{file.name}"}
    if file.ready is None or file.ready > slack.clock.now():
        return {**known, "mimetype": "", "filetype": "", "pretty_type": ""}
    mime = (KINDS | OTHERS).get(ending, "application/octet-stream")
    known |= {"mimetype": mime, "filetype": "text" if ending == "txt" else ending, "pretty_type": ending.upper()}
    thumbs = {f"thumb_{size}": f"{private}?thumb={size}" for size in (64, 360)} if is_picture(file.name) else {}
    return {**known, **thumbs, **({"original_w": 1200, "original_h": 700} if thumbs else {})}


def info(slack: Core, args: Args) -> Wire:
    (asked,) = needed(args, "file")
    file = slack.space.files.get(asked)
    if file is None or file.content is None:
        raise Refused("file_not_found")
    return {"file": wire(slack, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def downloaded(slack: Core, request: web.Request, *, allowed: bool) -> web.Response:
    """The bytes; without a token that may read files, Slack leads to its login page instead of refusing."""
    file = slack.space.files.get(request.match_info["id"])
    if not allowed:
        return web.Response(status=302, headers={"Location": f"{slack.url}/login"})
    if file is None or file.content is None:
        return web.Response(status=404)
    return web.Response(body=file.content, content_type=wire(slack, file)["mimetype"] or "application/octet-stream")


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write", tier=100),
    "files.completeUploadExternal": Method(complete, "files:write", tier=100),
    "files.info": Method(info, "files:read", tier=100),
}
