"""The real slack_sdk is answered by the loopback Slack as by Slack: messages, threads, files, limits and faults."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from server.slack.manifest import manifest
from tests.slack.asking import refusal, with_slack
from tests.slack.core import BOT_TOKEN
from tests.slack.loopback import Slack
from tests.slack.sight import notifies

PNG = b"\x89PNG of a chart"


def picture(file: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": "chart"}


def test_a_thread_is_read_page_by_page_and_its_root_counts_the_replies() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        root = await client.chat_postMessage(channel=channel, text="root")
        for number in range(5):
            await client.chat_postMessage(channel="#trading", text=f"reply {number}", thread_ts=root["ts"])
        first = await client.conversations_replies(channel=channel, ts=root["ts"], limit=4)
        texts = [one["text"] async for page in first for one in page["messages"]]
        assert texts == ["root", *(f"reply {number}" for number in range(5))]
        history = await client.conversations_history(channel=channel)
        assert [(one["text"], one["reply_count"]) for one in history["messages"]] == [("root", 5)]
        assert [one["text"] for one in slack.thread(channel, root["ts"])] == texts[1:]

    with_slack(test)


def test_metadata_comes_back_only_when_it_is_asked_for() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        metadata = {"event_type": "outbox", "event_payload": {"id": 7}}
        await client.chat_postMessage(channel=channel, text="x", metadata=metadata)
        told = (await client.conversations_history(channel=channel, include_all_metadata=True))["messages"][0]
        plain = (await client.conversations_history(channel=channel))["messages"][0]
        assert (told["metadata"], "metadata" in plain) == (metadata, False)
        assert slack.shown_times(channel, "id") == {7: 1}
        wrong = client.chat_postMessage(channel=channel, text="x", metadata={"event_type": "outbox"})
        assert (await refusal(wrong))["error"] == "invalid_metadata_format"

    with_slack(test)


def test_an_update_keeps_what_it_does_not_name_and_only_the_app_s_own_messages_are_changed() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        sent = await client.chat_postMessage(channel=channel, text="a", blocks=[{"type": "divider"}])
        await client.chat_update(channel=channel, ts=sent["ts"], text="b")
        seen = slack.message(channel, sent["ts"])
        assert (seen["text"], seen["blocks"][0]["type"], "edited" in seen) == ("b", "divider", True)
        theirs = await slack.say(slack.space.user("ada"), channel, "mine")
        for call, error in (
            (client.chat_update(channel=channel, ts=theirs["ts"], text="c"), "cant_update_message"),
            (client.chat_delete(channel=channel, ts=theirs["ts"]), "cant_delete_message"),
            (client.chat_update(channel=channel, ts="1700000000.000001", text="c"), "message_not_found"),
            (client.chat_update(channel=channel, ts=sent["ts"], text="c" * 4001), "msg_too_long"),
        ):
            assert (await refusal(call))["error"] == error

    with_slack(test)


def test_a_deleted_root_leaves_a_tombstone_over_its_replies_and_links_unfurl_where_they_stand() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        root = await client.chat_postMessage(channel=channel, text="see https://x.example/1")
        reply = await client.chat_postMessage(channel=channel, text="reply", thread_ts=root["ts"])
        shown = {"https://x.example/1": {"blocks": [{"type": "divider"}]}}
        await client.chat_unfurl(channel=channel, ts=root["ts"], unfurls=shown)
        assert slack.message(channel, root["ts"])["attachments"][0]["from_url"] == "https://x.example/1"
        other = client.chat_unfurl(channel=channel, ts=root["ts"], unfurls={"https://y.example": {}})
        assert (await refusal(other))["error"] == "cannot_unfurl_url"
        assert (await client.chat_getPermalink(channel=channel, message_ts=root["ts"]))["permalink"].endswith(
            f"/archives/{channel}/p{root['ts'].replace('.', '')}"
        )
        await client.reactions_add(channel=channel, name="eyes", timestamp=root["ts"])
        again = client.reactions_add(channel=channel, name="eyes", timestamp=root["ts"])
        assert (await refusal(again))["error"] == "already_reacted"
        await client.chat_delete(channel=channel, ts=root["ts"])
        assert [one.get("subtype") for one in slack.messages(channel)] == ["tombstone", None]
        await client.chat_delete(channel=channel, ts=reply["ts"])
        assert slack.thread(channel, root["ts"]) == []

    with_slack(test)


def test_a_direct_conversation_is_opened_with_a_person() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        ada = slack.space.user("ada")
        opened = (await client.conversations_open(users=ada))["channel"]["id"]
        await client.chat_postMessage(channel=ada, text="hello")
        assert [one["text"] for one in slack.messages(opened)] == ["hello"]
        info = (await client.conversations_info(channel=opened))["channel"]
        assert (info["is_im"], info["is_private"]) == (True, True)
        assert (await client.conversations_members(channel=channel))["members"][0] == ada

    with_slack(test)


def test_a_text_beyond_40_000_characters_is_cut_with_a_warning() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        answer = await client.chat_postMessage(channel=channel, text="x" * 40_001)
        assert answer["response_metadata"]["warnings"] == ["message_truncated"]
        assert len(slack.messages(channel)[0]["text"]) == 40_000

    with_slack(test)


def test_tokens_scopes_channels_and_people_are_checked() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        stranger = AsyncWebClient("xoxb-other", base_url=slack.api)
        outside = slack.space.channel("outside", bot=False)
        hidden = slack.space.channel("hidden", private=True, bot=False)
        assert (await client.auth_test()).headers["x-oauth-scopes"].startswith("app_mentions:read,")
        slack.scopes.discard("reactions:write")
        for call, error in (
            (stranger.auth_test(), "invalid_auth"),
            (client.api_call("chat.shout"), "unknown_method"),
            (client.apps_connections_open(app_token=BOT_TOKEN), "not_allowed_token_type"),
            (client.chat_postMessage(channel=outside, text="x"), "not_in_channel"),
            (client.chat_postMessage(channel=hidden, text="x"), "channel_not_found"),
            (client.api_call("chat.postMessage", json={"channel": channel}), "no_text"),
            (client.chat_postEphemeral(channel=channel, user=slack.space.user("eve"), text="x"), "user_not_in_channel"),
            (client.users_info(user="U9"), "user_not_found"),
            (client.conversations_replies(channel=channel, ts="1700000000.000001"), "thread_not_found"),
        ):
            assert (await refusal(call))["error"] == error
        lacking = await refusal(client.reactions_add(channel=channel, name="eyes", timestamp="1"))
        assert (lacking["error"], lacking["needed"]) == ("missing_scope", "reactions:write")

    with_slack(test)


def test_a_file_is_an_image_for_blocks_only_after_its_processing() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        file = (await client.files_upload_v2(filename="chart.png", content=PNG))["file"]["id"]
        early = await refusal(client.chat_postMessage(channel=channel, blocks=[picture(file)], text="chart"))
        assert early["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
        assert early["response_metadata"]["messages"] == [f"[ERROR] {early['errors'][0]}"]
        assert (await client.files_info(file=file))["file"]["mimetype"] == ""
        slack.clock.skip(60)
        info = (await client.files_info(file=file))["file"]
        assert (info["mimetype"], "thumb_360" in info) == ("image/png", True)
        sent = await client.chat_postMessage(channel=channel, blocks=[picture(file)], text="chart")
        assert slack.pictures(slack.message(channel, sent["ts"])) == [PNG]
        async with ClientSession() as session:
            bearer = {"Authorization": f"Bearer {BOT_TOKEN}"}
            async with session.get(info["url_private"], headers=bearer) as response:
                assert await response.read() == PNG
            async with session.get(info["url_private"]) as response:
                assert "Sign in" in await response.text()

    with_slack(test, upload_takes=60)


def test_a_file_can_be_shared_into_a_thread_with_its_upload() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        root = await client.chat_postMessage(channel=channel, text="root")
        await client.files_upload_v2(filename="a.txt", content="hello", channel=channel, thread_ts=root["ts"])
        assert slack.pictures(slack.thread(channel, root["ts"])[0]) == [b"hello"]

    with_slack(test)


def test_blocks_beyond_a_limit_are_refused_with_the_place() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
        refused = await refusal(client.chat_postMessage(channel=channel, text="x", blocks=[long]))
        words = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
        assert (refused["error"], words in refused["errors"]) == ("invalid_blocks", True)
        card = [{"color": "#00f", "blocks": [long]}]
        assert (await refusal(client.chat_postMessage(channel=channel, text="x", attachments=card)))["errors"]
        many = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 4
        refused = await refusal(client.chat_postMessage(channel=channel, text="x", blocks=many))
        assert refused["error"] == "msg_blocks_too_long"
        assert slack.messages(channel) == []

    with_slack(test)


def test_a_mention_of_everybody_is_seen_where_it_would_ring() -> None:
    harmless = {"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}
    ringing = {"type": "section", "text": {"type": "mrkdwn", "text": "a <!channel> b"}}
    assert notifies({"text": "&lt;!channel&gt;", "blocks": [harmless]}) == []
    assert notifies({"text": "<!here>", "blocks": [ringing]}) == ["<!here>", "<!channel>"]


def test_the_manifest_s_scopes_are_all_that_the_app_gets() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        slack.installed(manifest("https://drawbridge.example", socket=True))
        await client.chat_postMessage(channel=channel, text="x")
        group = slack.space.group("desk", slack.space.user("ada"))
        assert (await client.usergroups_users_list(usergroup=group))["users"] == [slack.space.user("ada")]
        listed = (await client.usergroups_list())["usergroups"][0]
        assert (listed["handle"], listed["user_count"]) == ("desk", 1)
        assert (await refusal(client.reactions_add(channel=channel, name="x", timestamp="1")))[
            "error"
        ] == "missing_scope"
        assert (slack.commands, slack.domains) == ({"/drawbridge"}, ("drawbridge.example",))

    with_slack(test)
