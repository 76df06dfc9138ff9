"""Settings: environment variables ``DRAWBRIDGE_…`` or ``drawbridge.toml``, read once; the only place that reads them.

docs/settings.md is generated from the fields below.
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

FILE = Path("drawbridge.toml")


PREFIX = "DRAWBRIDGE_"
FIELD = re.compile(r'field "(\w+)"')


class BadSettings(ValueError):
    """A setting that cannot be used: one sentence names it."""


def _split(value: Any) -> Any:
    """``a, b`` as it stands in the environment; a list of the TOML file as it is."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _exact(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if "*" in origin or "://" not in origin or origin.count("/") != 2:
            msg = f"{origin!r} is no exact origin; write it like https://charts.example"
            raise ValueError(msg)
    return origins


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_exact)]


class Settings(BaseSettings):
    """All settings, frozen."""

    model_config = SettingsConfigDict(env_prefix="DRAWBRIDGE_", frozen=True, extra="forbid", toml_file=FILE)

    data_dir: Path = Field(Path("data"), description="Everything the program writes lies under this folder.")
    risk_percent: float = Field(
        1.0,
        gt=0,
        le=100,
        description="Percent of the equity a trade may lose at its stop; frozen with a strategy.",
    )
    max_exposure: float = Field(
        1.0,
        gt=0,
        le=100,
        description="Largest notional of a position, in multiples of the equity; frozen too.",
    )
    paper_cash: float = Field(
        10_000.0, gt=0, allow_inf_nan=False, description="Cash that a paper account and a backtest start with."
    )
    paper_fee: float = Field(0.0, ge=0, lt=1, description="Paper fee as a fraction of each fill's notional.")
    paper_slippage_ticks: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Ticks by which a paper market or stop order fills worse than its price.",
    )
    paper_spread_ticks: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Ticks between a paper market's bid and ask; what takes pays half."
    )
    paper_spread_rate: float = Field(
        0.0, ge=0, lt=1, description="As `paper_spread_ticks`, as a fraction of the price; both add up."
    )
    paper_maker_fee: float | None = Field(
        None,
        gt=-1,
        lt=1,
        description="Paper fee of limits that rested before they filled, below 0 a rebate; unset: `paper_fee`.",
    )
    paper_volume_share: float | None = Field(
        None, gt=0, le=1, description="Largest share of a bar's volume that fills on paper; unset: any size fills."
    )
    paper_accounts: dict[str, dict[str, Any]] = Field(
        {},
        description="Further paper accounts, each with its cash and, if it is to have other ones, its own limits "
        '(JSON): `{"main": {"cash": 5000}, "careful": {"cash": 2000, "limits": {"daily_loss": 0.01}}}`. '
        "What names none trades on the account `paper`, which starts with `paper_cash`.",
    )
    limits: dict[str, Any] = Field(
        {},
        description="What every account allows, paper and live (JSON); see [Risk](execution.md#risk): "
        '`{"daily_loss": 0.03, "drawdown": 0.2, "exposure": 2, "positions": 5}`. Unset: no limit.',
    )
    theme: Literal["dark", "light"] = Field("dark", description="Colours of pictures.")
    host: str = Field("127.0.0.1", description="Address that the server binds; 0.0.0.0 for every interface.")
    port: int = Field(8422, ge=0, le=65535, description="Port of the server; 0 takes any free one.")
    allowed_hosts: Names = Field(
        ("127.0.0.1", "localhost", "::1"),
        description="Names the server goes by, comma separated; a request under another `Host` is refused (421).",
    )
    cors_origins: Origins = Field(
        (), description="Origins of other sites whose pages may call the API with a token, comma separated, exact."
    )
    database_url: str | None = Field(
        None, description="`sqlite:///path.db` or `postgres://…`; unset: `drawbridge.db` under the data folder."
    )
    strategy_repo: Path | None = Field(
        None, description="The git repository of frozen strategies; unset: `strategies` under the data folder."
    )
    exchanges: dict[str, dict[str, Any]] = Field(
        {},
        description='Exchanges that are followed live, and how each is reached (JSON): `{"binance": {}}`, '
        'or `{"binance": {"sandbox": true}}` for its testnet.',
    )
    live: bool = Field(
        default=False, description="Whether strategies that ran on paper may be approved for live, with real money."
    )
    live_cash: float = Field(
        1_000.0,
        gt=0,
        allow_inf_nan=False,
        description="Quote currency that a live strategy reckons its sizes from; its account has to hold it.",
    )
    credential_key: SecretStr | None = Field(
        None, description="The key that credentials are sealed with, 64 hexadecimal digits; unset: that of the file."
    )
    credential_key_file: Path | None = Field(
        None, description="The file of that key, made when first needed; unset: `credential.key` under the data folder."
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="Slack's bot token (`xoxb-…`); unset: no Slack. docs/slack.md sets it up in five minutes."
    )
    slack_app_token: SecretStr | None = Field(
        None, description="Slack's app-level token (`xapp-…`), for Socket Mode: nothing of yours has to be reachable."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Slack's signing secret, for the other way: Slack sends to `/slack/events` over HTTPS."
    )
    slack_channel: str | None = Field(None, description="Id of the channel that is told everything (`C…`).")
    slack_channels: dict[str, str] = Field(
        {},
        description="Other channels, by a strategy's id or name, or by a market (JSON): "
        '`{"binance ETH/BTC": "C0123"}`.',
    )
    slack_people: dict[str, str] = Field(
        {}, description='Who is who (JSON): ids of Slack users to names of people, `{"U0123": "anna"}`.'
    )
    slack_may: dict[Literal["propose", "approve", "operate", "kill"], tuple[str, ...]] = Field(
        {},
        description="Who may do what (JSON): lists of Slack users and user groups (`S…`) for `propose`, `approve`, "
        "`operate` and `kill`; unset: everybody in `slack_people`.",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", description="Slack's Web API; another address for GovSlack, or a test."
    )
    public_url: str | None = Field(
        None,
        description="How people reach the inbox from elsewhere (`https://…`), for links in chats; unset: no links.",
    )
    custom_nodes: bool = Field(
        default=False,
        description="Whether strategies with custom nodes, which are Python, may be frozen, proposed and run here.",
    )
    quorum: int = Field(1, ge=1, le=20, description="People who must approve; above 1 the proposer does not count.")
    approval_days: float = Field(7.0, gt=0, le=365, description="Days until a proposal expires.")
    queue_limit: int = Field(20_000, ge=1, description="Webhooks that may wait for their commit; above it, 503.")
    max_open_strategies: int = Field(50, ge=1, description="Strategies that may hold a position at the same time.")
    replay: dict[str, Path] = Field(
        {}, description="Markets of the replay feed and their candle files: `binance:ETH/BTC` to a path (JSON)."
    )
    replay_speed: float = Field(20.0, gt=0, le=100_000, description="Bars a second of the replay feed.")
    replay_start: str | None = Field(
        None, description="Where the replay begins, ISO 8601 or UNIX seconds; unset: at the first bar."
    )

    @property
    def database(self) -> str:
        """The store's URL."""
        return self.database_url or f"sqlite://{self.data_dir / 'drawbridge.db'}"

    @property
    def private(self) -> tuple[Path, ...]:
        """What no custom node may see: the folders written to, and those of the keys and the rows."""
        file = self.database.partition("sqlite://")[2]
        rows = (Path(file).parent,) if file else ()
        return (self.data_dir, self.repository, self.key_file.parent, *rows)

    @property
    def repository(self) -> Path:
        """The folder of the strategy repository."""
        return self.strategy_repo or self.data_dir / "strategies"

    @property
    def key_file(self) -> Path:
        """The file of the credentials' key."""
        return self.credential_key_file or self.data_dir / "credential.key"

    @property
    def key_text(self) -> str | None:
        """The credentials' key, where it is given as text."""
        return self.credential_key.get_secret_value() if self.credential_key else None

    @property
    def hosts(self) -> frozenset[str]:
        """The names this server goes by; a wildcard address is none."""
        return frozenset({*(name.lower() for name in self.allowed_hosts), self.host} - {"0.0.0.0", "::"})  # noqa: S104

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code wins over the environment, and that over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _check_names() -> None:
    """Raise BadSettings for a variable that looks like a setting and is none: a misspelt limit must not go unheeded."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else "docs/settings.md lists them"
            msg = f"{name} is no setting; {advice}"
            raise BadSettings(msg)


def read_settings(**given: Any) -> Settings:
    """The settings, with those given in code; raises BadSettings naming the first that cannot be used."""
    _check_names()
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name, *within = (str(part) for part in first["loc"] if part != "[key]")
        at = f" at {'.'.join(within)}" if within else ""
        msg = f"the setting DRAWBRIDGE_{name.upper()} cannot be used{at}: {first['msg']}"
        if first["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            msg = f"{FILE} holds {name}, which is no setting; remove it, or write one of {known}"
        raise BadSettings(msg) from None
    except SettingsError as error:  # a list or table in the environment
        found = FIELD.search(str(error))
        name = f"{PREFIX}{found[1].upper()}" if found else "a setting"
        msg = f"{name} is not the JSON that it has to be; docs/settings.md shows its form"
        raise BadSettings(msg) from None
    except (OSError, ValueError) as error:  # the TOML file itself
        msg = f"{FILE} cannot be read: {error}"
        raise BadSettings(msg) from None
