"""A loopback Slack that speaks the real wire protocol to slack_sdk and slack-bolt, and its tests."""
