"""Settings: environment variables ``DRAWBRIDGE_…`` or ``drawbridge.toml``, read once; the only place that reads them.

docs/settings.md is generated from the fields below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

FILE = Path("drawbridge.toml")


class BadSettings(ValueError):
    """A setting that cannot be used: one sentence names it."""


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
    theme: Literal["dark", "light"] = Field("dark", description="Colours of pictures.")

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


def read_settings() -> Settings:
    """The settings; raises BadSettings naming the first that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        msg = f"the setting DRAWBRIDGE_{name.upper()} cannot be used: {first['msg']}"
        if first["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            msg = f"{FILE} holds {name}, which is no setting; remove it, or write one of {known}"
        raise BadSettings(msg) from None
    except (OSError, ValueError) as error:  # the TOML file itself
        msg = f"{FILE} cannot be read: {error}"
        raise BadSettings(msg) from None
