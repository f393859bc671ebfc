"""Files: where the data folders are, one way to read a data file, and one way to write a file whole.

A mistake in a data file is a single message with its place; what a person wrote may name what does not exist, so the
names that are near it are found here, too. Files are written beside and renamed: a reader sees the old one or the new
one, never half of one.
"""

from __future__ import annotations

import difflib
import errno
import io
import json
import os
import re
import tomllib
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast, overload

from conformance.text import Text, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE = Path(__file__).resolve().parent

PRIMARY = ("auto-classification-v1.0", "auto-id-doc-classification-v2")
"""The contracts of the documents under test; the others are later editions."""


_ADDRESS = re.compile(r"[a-z][a-z0-9+]{1,20}(?:::[a-z][a-z0-9+]{1,20})*://")


class BadInput(Exception):  # noqa: N818 - what it is, rather than that it is one
    """A mistake of the user's making: one message in both languages, and exit status 2."""

    @overload
    def __init__(self, words: Text) -> None: ...
    @overload
    def __init__(self, words: str, chinese: str) -> None: ...
    def __init__(self, words: Text | str, chinese: str | None = None) -> None:
        """`words` in both languages, or in English and in Chinese."""
        self.words = words if isinstance(words, Text) else Text(words, chinese or words)
        super().__init__(self.words.en)


class DataError(BadInput):
    """A data file (contract, case, statement, specimen manifest) cannot be used; the message says where and why."""


@cache
def data_folder(name: str) -> Path:
    """The folder `schemas` or `cases`: inside the installed package, or beside it in a checkout.

    Raises DataError when it is in neither place.
    """
    for folder in (PACKAGE / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise DataError(
        f"expected the data folder {name!r} in {PACKAGE} or beside it; reinstall the kit",
        f"应有数据目录 {name!r}（在 {PACKAGE} 内或其旁）；请重新安装套件",
    )


_added: dict[str, Path] = {}
"""The folders of contracts that are not the kit's own, by id: what `add_contracts` was told."""


def add_contracts(folder: Path) -> list[str]:
    """Make the contracts of a folder known to this process, and return their ids: each folder below with a tables.toml.

    Raises DataError where it holds none, or one of the kit's own ids.
    """
    found = sorted(path.parent for path in folder.glob("*/tables.toml"))
    if not found:
        raise DataError(
            f"{folder}: expected a folder of contracts (<contract id>/tables.toml), found none; "
            "`ocr-conformance derive PAGE --write DIR` writes one",
            f"{folder}：应为接口契约的目录（`<contract id>/tables.toml`），未找到；"
            "可用 `ocr-conformance derive PAGE --write DIR` 生成",
        )
    for path in found:
        if (data_folder("schemas") / path.name).is_dir():
            raise _kits_own(path)
        _added[path.name] = path.resolve()
    return [path.name for path in found]


_loaded: dict[str, Path] = {}
"""Folders of contracts that were loaded by their path, by id: known, but not meant where nobody names one."""


def known_folder(folder: Path) -> Path:
    """The folder of a contract as it is, its id known from now on; of two with one id the last one is meant.

    Raises DataError where it holds no contract, or another one than the kit's own under an id of the kit.
    """
    folder = folder.resolve()
    if not (folder / "tables.toml").is_file():
        below = sorted(path.parent.name for path in folder.glob("*/tables.toml"))
        instead = Text("found none", "未找到")
        if below:
            instead = Text(f"found those of {', '.join(below)} in folders below", f"其下有 {'、'.join(below)} 的目录")
        raise DataError(
            f"{folder}: expected the folder of a contract, with its tables.toml; {instead.en}",
            f"{folder}：应为含 tables.toml 的接口契约目录；{instead.zh}",
        )
    own = data_folder("schemas") / folder.name
    if folder != own.resolve():
        if own.is_dir():
            raise _kits_own(folder)
        _loaded[folder.name] = folder
    return folder


def _kits_own(folder: Path) -> DataError:
    return DataError(
        f"{folder}: the kit has a contract of this id; rename the folder and `id` in its tables.toml",
        f"{folder}：套件已有此编号的接口契约；请改目录名和其 tables.toml 中的 `id`",
    )


def added_contracts() -> dict[str, Path]:
    """The folders of the contracts that were added, by id."""
    return dict(_added)


def added_folder() -> Path | None:
    """The folder that the contracts which were added are in; None where there are none."""
    return next((folder.parent for folder in _added.values()), None)


def default_contracts() -> tuple[str, ...]:
    """The contracts that are meant where nobody names any: those added, else the primary ones."""
    return tuple(_added) or PRIMARY


def own_folder(contract_id: str) -> Path | None:
    """The folder of a contract that was added or loaded; None for any other id."""
    return _added.get(contract_id) or _loaded.get(contract_id)


def contract_folder(contract_id: str) -> Path:
    """The folder of a contract: the kit's own, or one that was added or loaded. It need not exist."""
    return own_folder(contract_id) or data_folder("schemas") / contract_id


def contract_ids() -> list[str]:
    """Every contract that has a folder in `schemas/`, primary ones first, then those that were added or loaded."""
    folders = sorted(path.parent.name for path in data_folder("schemas").glob("*/tables.toml"))
    return [*sorted(folders, key=lambda name: (name not in PRIMARY, name)), *dict.fromkeys((*_added, *_loaded))]


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file. Raises DataError naming the file and the line of the mistake."""
    return parse_toml(read_text(path), path)


def parse_toml(text: str, path: Path) -> dict[str, object]:
    """The tables of a TOML text. Raises DataError naming the file that it came from and the line of the mistake."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise DataError(_not_valid(path, "TOML", _TOO_DEEP)) from error
    except ValueError as error:  # TOMLDecodeError, and Python's own for a number of thousands of digits
        raise DataError(_not_valid(path, "TOML", Text(str(error), f"“{error}”"))) from error


def read_json(path: Path) -> object:
    """Read a JSON file. Raises DataError naming the file and the line of the mistake."""
    text = read_text(path)
    try:
        return cast("object", json.loads(text))
    except RecursionError as error:
        raise DataError(_not_valid(path, "JSON", _TOO_DEEP)) from error
    except ValueError as error:
        raise DataError(_not_valid(path, "JSON", Text(str(error), f"“{error}”"))) from error


_TOO_DEEP = Text("nested too deeply", "嵌套过深")


def _not_valid(path: Path, form: str, why: Text) -> Text:
    """That a file is not of its form; what a parser says is quoted in Chinese."""
    return Text(f"{path}: not valid {form}: {why.en}", f"{path}：不是有效的 {form}：{why.zh}")


@contextmanager
def mistakes_in(place: Path | Text | str, form: str = "schemas/README.md") -> Iterator[None]:
    """Whatever goes wrong inside with what was read becomes one DataError that names the place.

    `form` is the file that describes the form expected there.
    """
    try:
        yield
    except DataError as error:
        raise DataError(said_of(place, error.words)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        words = Text(
            f"expected the form that {form} describes, found {error!r}", f"应为 {form} 所述的格式，实为 {error!r}"
        )
        raise DataError(said_of(place, words)) from error


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to three names for somebody who wrote another one: those that it begins first, then those that look alike."""
    known = list(names)
    begun = sorted((other for other in known if other.startswith(name)), key=len)
    return list(dict.fromkeys([*begun, *difflib.get_close_matches(name, known, n=3)]))[:3]


def near_it(name: str, names: Iterable[str]) -> Text:
    """`near it are a, b, c`: the nearest names, or the first three where none is near."""
    known = list(names)
    near = nearest(name, known) or known[:3]
    return Text(f"near it are {', '.join(near)}", f"相近的有 {'、'.join(near)}")


def unknown_names(unknown: Iterable[str], known: Iterable[str]) -> Text:
    """`unknown a, b; known are c, d`."""
    strange, names = list(unknown), list(known)
    return Text(
        f"unknown {', '.join(strange)}; known are {', '.join(names)}",
        f"未知的 {'、'.join(strange)}；可用 {'、'.join(names)}",
    )


def os_reason(error: OSError) -> Text:
    """Why the system did not do what was asked of a file."""
    known = _REASONS.get(error.errno or 0)
    return Text(error.strerror or str(error), known or f"系统错误 {error.errno}")


_REASONS = {
    errno.ENOENT: "文件或目录不存在",
    errno.EEXIST: "已存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许该操作",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOTDIR: "路径的一部分不是目录",
    errno.ENOTEMPTY: "目录非空",
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "超出磁盘配额",
    errno.EROFS: "文件系统只读",
    errno.ENAMETOOLONG: "名称过长",
    errno.ELOOP: "符号链接过多",
    errno.EMFILE: "打开的文件过多",
    errno.EFBIG: "文件过大",
    errno.EIO: "读写出错",
    errno.EADDRINUSE: "地址已被占用",
    errno.EADDRNOTAVAIL: "本机没有该地址",
}
"""What systems say of files and addresses, in Chinese."""


def unreadable(path: Path | str, error: OSError, advice: Text | None = None) -> Text:
    """`path: cannot be read: reason; advice`."""
    reason = os_reason(error)
    en, zh = (f"; {advice.en}", f"；{advice.zh}") if advice is not None else ("", "")
    return Text(f"{path}: cannot be read: {reason.en}{en}", f"{path}：无法读取：{reason.zh}{zh}")


def words_of(error: Exception) -> Text:
    """What an error says: in both languages where it knows them, else in its own as a quotation."""
    words = getattr(error, "words", None)
    if isinstance(words, Text):
        return words
    if isinstance(error, OSError):
        return said_of(error.filename, os_reason(error)) if error.filename is not None else os_reason(error)
    return Text(str(error), f"“{error}”")


def schema_errors(value: object, schema: Mapping[str, object]) -> list[str]:
    """What a JSON Schema says against `value`, a line each (`place: message`), by place; [] when valid."""
    from jsonschema import Draft202012Validator  # late: it is slow to import and only data checks need it here

    errors = sorted(Draft202012Validator(dict(schema)).iter_errors(value), key=lambda error: list(map(str, error.path)))
    return [
        f"{'.'.join(str(part) for part in error.absolute_path) or 'top level'}: {error.message}" for error in errors
    ]


def read_text(path: Path) -> str:
    """The text of a file in UTF-8. Raises DataError naming the file where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(unreadable(path, error)) from error
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:#04x}"
        raise DataError(
            f"{path}: expected UTF-8 text, found byte {byte}", f"{path}：应为 UTF-8 文本；实际含字节 {byte}"
        ) from error


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises DataError naming the file where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(unreadable(path, error)) from error


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` at the end, and is gone where anything failed before.

    `durable` waits until the disk has it, so that a crash of the machine loses neither the old nor the new one. Raises
    OSError.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk is told of without the name of the file
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def check_writable(folder: Path) -> None:
    """Make a folder where there is none, and a file in it for a moment. Raises OSError with the name of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        error.filename = str(folder)
        raise


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> None:
    """`replacing` with content that is there already. Raises OSError."""
    with replacing(path, durable=durable) as file:
        file.write(content)


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_address(text: str) -> bool:
    """Whether a text is the address of a file elsewhere, such as `s3://bucket/file`, and no path of this machine."""
    return _ADDRESS.match(text) is not None


def elsewhere(address: str) -> Path:
    """A file or folder at an address that fsspec knows, to be read like a path of this machine.

    Raises BadInput where that cannot be, and where nothing is there.
    """
    if find_spec("upath") is None:
        raise BadInput(
            f"{address}: files elsewhere need fsspec: `pip install 'ocr-conformance[cluster]'`",
            f"{address}：读取他处的文件需要 fsspec：`pip install 'ocr-conformance[cluster]'`",
        )
    try:
        path: Path = import_module("upath").UPath(address)
        there = path.exists()
    except (OSError, ImportError, ValueError) as error:
        # Of an address of another kind the library says what to install for it.
        raise BadInput(f"{address}: cannot be read: {error}", f"{address}：无法读取：{error}") from None
    if not there:
        raise BadInput(f"{address}: nothing is there", f"{address}：该处没有内容")
    return path


def open_bytes(path: Path) -> BinaryIO:
    """A file of this machine or elsewhere, to be read. Raises OSError."""
    file = path.open("rb")
    if isinstance(path, Path) or isinstance(file, io.BufferedIOBase):
        return file
    return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", file), 1 << 20))  # fsspec's know no `readline(size)`
