"""How a YAML file of params/ is read: `read_model(path, Model)`, for all four kinds of them.

In come a path and the model of what may stand there, out comes the checked model. YAML is taken as people write it: a
repeated name is an error, a date stays text. What is wrong is one sentence with exit code 78.
"""

import os
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from helpers.errors import BadConfiguration, NoInput, did_you_mean, nearest
from helpers.settings.fields import IN_WORDS

PACKAGE = Path(__file__).resolve().parents[1]
MAX_BYTES = 1_000_000
MAX_SHOWN = 80
NOT_READABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError)
"""What PyYAML raises for `!!timestamp x`, `!!bool x` or a number of 5,000 digits."""

AS_WRITTEN = {f"tag:yaml.org,2002:{tag}" for tag in ("timestamp", "merge", "value")}
"""What YAML would read into a date, `<<` or `=`; here each is the text that stands there."""

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "`name: value` lines",
    "model_type": "`name: value` lines",
}
"""pydantic's complaint about a type → what a person writes there."""

Model = TypeVar("Model", bound=BaseModel)
Place = Sequence[int | str]


class _Loader(yaml.SafeLoader):
    """YAML as people write it: a repeated name, a name that is no text, half a character and an alias are errors, dates
    stay text."""

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag not in AS_WRITTEN]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # index: PyYAML's own
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # types-PyYAML has no type for it
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # Any: whatever a YAML file holds
        try:
            return super().construct_object(node, deep=deep)
        except NOT_READABLE:
            problem = f"cannot be read as {node.tag.rpartition(':')[2]}; quote it where it is text"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
        """The text, its characters whole where JSON writes the two halves of one."""
        text = str(super().construct_scalar(node))
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            problem = "holds half a character (\\ud800 to \\udfff); write the whole one"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if not isinstance(key, str):
                problem = f"a name must be text, got {shown(key)}{_quote_it(key)}"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            if key in lines:
                raise yaml.MarkedYAMLError(problem=f"'{key}' stands twice, in lines {lines[key]} and {line}")
            lines[key] = line
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; empty for an empty file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadConfiguration(f"{path}: larger than {MAX_BYTES:,} bytes, which no settings file is")
        content = yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NoInput(f"{path}: there is no such file") from None
    except OSError as error:
        raise NoInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadConfiguration(f"{path}: not UTF-8; save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadConfiguration(f"{path}{where}: {getattr(error, 'problem', None) or 'not YAML'}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise BadConfiguration(f"{path}: expected `name: value` lines, got {shown(content)}")
    return content


def read_model(path: Path, model: type[Model]) -> Model:
    """The checked content of a YAML file; NoInput without the file, BadConfiguration for what is wrong in it."""
    return validated(model, read_yaml(path), path)


def validated(model: type[Model], content: dict[str, Any], path: Path) -> Model:
    """`content` as a model; BadConfiguration, which names the file it comes from, for what is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise BadConfiguration(f"{path}: {sentence(error, model)}") from None


def project_root(start: Path | None = None) -> Path:
    """The folder that holds `params/` and `notebooks/`: CLIENT_RATING_ROOT, or the nearest one above `start`
    (the working folder), or the one this package was installed from."""
    if named := os.environ.get("CLIENT_RATING_ROOT"):
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *PACKAGE.parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise NoInput(f"no project found above {here}: expected a folder with params/ and notebooks/ in it; "
                  "client-rating new FOLDER makes one")  # fmt: skip


def shipped() -> Path:
    """Where the suite's own notebooks/, recipes/ and params/demo/ are: in the installed package, or the repository."""
    return next(folder for folder in (PACKAGE, *PACKAGE.parents) if (folder / "notebooks").is_dir())


def notebook_file(report: str, root: Path) -> Path:
    """The notebook of a report such as `client_rating.fr`: the project's own, else the suite's; NoInput for neither."""
    name = report.split(".")[0]
    folders = [root / "notebooks", shipped() / "notebooks"]
    for folder in folders:
        if (notebook := folder / f"{name}.ipynb").is_file():
            return notebook
    known = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    raise NoInput(f"{folders[0] / name}.ipynb: there is no such notebook{did_you_mean(name, known)}")


def sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """pydantic's first complaint about a model as `place: what`, with the nearest name that the model allows there.

    A misspelt name goes first: it is also why another one is missing.
    """
    complaints = error.errors()
    first = next((c for c in complaints if c["type"] == "extra_forbidden"), complaints[0])
    is_name = bool(first["loc"]) and first["loc"][-1] == "[key]"
    loc = first["loc"][:-1] if is_name else first["loc"]
    place = ".".join(str(part) for part in loc)
    if first["type"] == "value_error":
        return ": ".join(filter(None, [place, str(first["ctx"]["error"])]))
    if first["type"] == "missing":
        return f"'{place}' is missing"
    if first["type"] == "extra_forbidden" or (is_name and first["type"] == "literal_error"):
        return f"unknown setting '{place}'{did_you_mean(str(loc[-1]), allowed_names(model, loc[:-1]))}"
    value = first["input"]
    allowed = EXPECTED.get(first["type"]) or IN_WORDS.get(first.get("ctx", {}).get("pattern", ""))
    said = f"expected {allowed}" if allowed else f"{first['msg'][0].lower()}{first['msg'][1:]}"
    hint = _quote_it(value) if first["type"] == "string_type" else ""
    if first["type"] == "literal_error":
        hint = nearest(str(value), _choices(_type_at(model, loc)))
    return f"{place}: {said}, got {shown(value)}{hint}"


def allowed_names(model: type[BaseModel], place: Place = ()) -> list[str]:
    """The names that may stand at a place of a model's file, as the file spells them.

    >>> from helpers.settings.company import Company
    >>> allowed_names(Company, ("labels", "en"))
    ['client', 'branch']
    """
    there = _type_at(model, place)
    if get_origin(there) is dict:
        return _choices(_bare(get_args(there)[0]))
    return [field.alias or name for name, field in there.model_fields.items()] if _is_model(there) else []


def _type_at(annotation: Any, place: Place) -> Any:
    """The type that a model declares at a place; None where it declares none. `Any`: a type as typing writes it."""
    for part in place:
        annotation = _bare(annotation)
        if _is_model(annotation):
            fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
            annotation = fields.get(str(part))
        elif get_origin(annotation) in (dict, list):
            annotation = get_args(annotation)[-1]
        else:
            return None
    return _bare(annotation)


def _bare(annotation: Any) -> Any:
    """A type without its constraints, and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _choices(annotation: Any) -> list[str]:
    return [str(choice) for choice in get_args(annotation)] if get_origin(annotation) is Literal else []


def shown(value: Any) -> str:
    """A value as the file writes it, cut where it is long; a list or mapping by what it is."""
    if isinstance(value, dict | list | tuple | set):
        return "`name: value` lines" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else str(value).lower()
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _quote_it(value: Any) -> str:
    """What helps where a person meant text and YAML read a number or a truth."""
    return ", quote it" if isinstance(value, int | float) else ""
