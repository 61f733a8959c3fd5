"""How a YAML file of params/ is read, and what every model of one shares.

In come paths, out come mappings as people write YAML: a repeated key is an error, a date stays text. What is wrong is
one sentence with exit code 78.
"""

import os
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import yaml
from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from helpers.errors import BadConfiguration, NoInput, did_you_mean

MAX_BYTES = 1_000_000


class _Loader(yaml.SafeLoader):
    """YAML as people write it: a repeated key and an alias are errors, dates stay text."""

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not allowed", problem_mark=self.peek_event().start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        lines = {}
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if key in lines:
                raise yaml.MarkedYAMLError(problem=f"'{key}' stands twice, in lines {lines[key]} and {line}")
            lines[key] = line
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; empty for an empty file."""
    if not path.is_file():
        raise NoInput(f"{path}: there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise BadConfiguration(f"{path}: larger than {MAX_BYTES:,} bytes, which no settings file is")
    try:
        content = yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError:
        raise BadConfiguration(f"{path}: not UTF-8; save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadConfiguration(f"{path}{where}: {getattr(error, 'problem', None) or 'not YAML'}") from None
    if not isinstance(content or {}, dict):
        raise BadConfiguration(f"{path}: expected `name: value` lines, got {type(content).__name__}")
    return content or {}


def project_root(start: Path | None = None) -> Path:
    """The folder that holds `params/` and `notebooks/`: CLIENT_RATING_ROOT, or the nearest one above `start`
    (the working folder), or the one this package was installed from."""
    if named := os.environ.get("CLIENT_RATING_ROOT"):
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise NoInput(f"no project found above {here}: expected a folder with params/ and notebooks/ in it")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)  # listing all zones walks the disk, so only to name the nearest
    except (KeyError, ValueError, OSError):
        nearest = did_you_mean(name, sorted(available_timezones()))[:60]
        raise ValueError(f"unknown time zone '{name}'{nearest}") from None
    return name


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError(f"unknown currency '{code}', expected an ISO 4217 code such as EUR")
    return code


def _currency_or_none(code: str) -> str:
    return _currency(code) if code else code


def _quoted(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"got {str(value).lower()}, quote it")
    return value


Text = Annotated[str, BeforeValidator(_quoted)]
Zone = Annotated[str, AfterValidator(_zone)]


class Strict(BaseModel):
    """A model of a YAML file: unknown names and other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def sentence(error: ValidationError) -> str:
    """The first complaint of pydantic as `place: what`, with what was found and the nearest allowed word."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":
        return ": ".join(filter(None, [place, str(first["ctx"]["error"])]))
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}, got {first['input']!r}"
