"""`python -m conformance.reference`: serve the reference, or a faulty implementation, on a real socket.

The first line on standard output is the origin, once it accepts connections; nothing else is printed there. Ends with 0
on SIGTERM or SIGINT, with 2 and one line on standard error where an option is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from PIL import Image

from conformance.reference.app import DEFAULT_PROJECT_ID, create_app
from conformance.reference.behaviour import Engine, Fault
from conformance.reference.contracts import load_contracts, rule_faults
from conformance.reference.credentials import Credentials
from conformance.reference.editions import DEFAULT_EDITIONS, edition_ids
from conformance.reference.faults import ALL, combine
from conformance.reference.recognizer import Recognizer, load_recognizer
from conformance.reference.server import ListenError, TlsUnavailableError, listen, origin, own_context, serve
from conformance.reference.service import Eyes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_USAGE = 2
_CALLED = "python -m conformance.reference"

_ENGINE: Mapping[str, str] = {
    "misses": "share of documents that the engine does not see, by chance in each call",
    "misses-same": "share of documents that it never sees, the same ones in every call",
    "fails": "share of documents that it places but cannot read: failed tickets",
    "misreads": "share of documents that it takes for another type, or reads with wrong characters",
}
"""Options of an engine that is not exact, and what they are the share of."""

_LANGUAGES = ("OCR_CONFORMANCE_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that say the language of a process, the first one that is set."""

_CHINESE: Mapping[str, str] = {
    "--help": "显示本帮助并退出",
    "--lang": "语言（默认按环境）",
    "--host": "监听地址（默认 127.0.0.1）",
    "--port": "监听端口（默认任一空闲端口）",
    "--token": "接受的 Token（默认 OCR_CONFORMANCE_TOKEN，否则随机生成并输出到 stderr）",
    "--project-id": f"接受的项目 ID（默认 OCR_CONFORMANCE_PROJECT_ID，否则 {DEFAULT_PROJECT_ID}）",
    "--fault": "带有此缺陷，可重复",
    "--list-faults": "列出全部缺陷及符合要求的变体，然后退出",
    "--json": "与 --list-faults 同用：以 JSON 输出",
    "--edition": f"提供此版本，或所列版本中第一个可用的（{', '.join(edition_ids())}）",
    "--engine": "由什么识别图片：样例上的二维码，或真实的 OCR 引擎（需 ocr 扩展；默认 codes）",
    "--contracts": "提供该目录中各契约的接口",
    "--recognizer": "使用已安装的识别器读取图片",
    "--engine-misses": "引擎每次调用随机看不到的文档比例",
    "--engine-misses-same": "引擎始终看不到的文档比例，每次调用都是同一批",
    "--engine-fails": "能定位但无法识别的文档比例：识别失败的票证",
    "--engine-misreads": "识别成其他类型或读错字符的文档比例",
    "--seed": "引擎随机性的种子（默认 0）",
    "--allow-private-urls": "允许从非公网地址下载图片",
    "--calls-per-minute": "超出后以 APIG.0308 拒绝调用",
    "--tls": "以自签名证书提供 https",
    "--until-stdin-closes": "标准输入结束时退出",
}
"""What `--help` says of each option."""


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong; `chinese` decides in which language, `called` is what the user typed."""

    def __init__(self, *, chinese: bool, called: str) -> None:
        self.chinese = chinese
        super().__init__(
            prog=called,
            description="提供参考实现。" if chinese else "Serve the reference implementation.",
            allow_abbrev=False,
            add_help=False,
        )
        self.add_argument("-h", "--help", action="help", help="show this help message and exit")

    def add_argument(self, *names: Any, **said: Any) -> argparse.Action:
        """The same, with its help in the language that is spoken."""
        if self.chinese:
            said["help"] = _CHINESE[names[-1]]
        return super().add_argument(*names, **said)

    def error(self, message: str) -> NoReturn:
        wrong = f"{self.prog}：“{message}”；请见 --help" if self.chinese else f"{self.prog}: {message}; see --help"
        self.exit(_USAGE, f"{wrong}\n")


def _speaks_chinese(arguments: Sequence[str]) -> bool:
    """Whether `--lang` or, without it, the environment asks for Chinese."""
    asked = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    asked.add_argument("--lang", nargs="?")
    stated = next((os.environ[name] for name in _LANGUAGES if os.environ.get(name)), "")
    return str(asked.parse_known_args(arguments)[0].lang or stated).lower().startswith("zh")


def main(arguments: Sequence[str] | None = None, *, called: str = _CALLED) -> int:
    """Run the command, which messages call `called`; returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = _parser(chinese=_speaks_chinese(arguments), called=called)
    options = parser.parse_args(arguments)
    if options.list_faults:
        return _list_faults(_known(options), as_json=options.json, chinese=parser.chinese)
    if options.json:
        parser.error("--json 须与 --list-faults 同用" if parser.chinese else "--json goes with --list-faults")
    # Pillow would print its warning about large pictures; the reference refuses them by their sides anyway.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        _run(options)
    except (ValueError, ListenError, TlsUnavailableError) as error:
        print(f"{parser.prog}：“{error}”" if parser.chinese else f"{parser.prog}: {error}", file=sys.stderr)
        return _USAGE
    return 0


def _run(options: argparse.Namespace) -> None:
    """Set everything up that can fail, then print what a caller needs, then serve."""
    added = load_contracts(options.contracts) if options.contracts else ()
    behaviour = _engine(options).behaviour() + combine(options.fault, rule_faults(added))
    eyes = Eyes(_recognizer(options)) if options.recognizer or options.engine != "codes" else None
    listener = listen(options.host, options.port)
    context = own_context(listener.getsockname()[0]) if options.tls else None
    app = create_app(
        _credentials(options.token, options.project_id),
        behaviour=behaviour,
        editions=[*(_known_edition(stated) for stated in options.edition), *added] or DEFAULT_EDITIONS,
        eyes=eyes,
        allow_private_urls=options.allow_private_urls,
        calls_per_minute=options.calls_per_minute,
    )

    def ready() -> None:
        print(origin(listener, tls=options.tls), flush=True)

    serve(app, listener, ready=ready, context=context, until_stdin_closes=options.until_stdin_closes)


def _parser(*, chinese: bool, called: str = _CALLED) -> _Parser:
    parser = _Parser(chinese=chinese, called=called)
    parser.add_argument("--lang", choices=("en", "zh"), help="language (default: that of the environment)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument(
        "--token", help="token to accept (default: OCR_CONFORMANCE_TOKEN, else a random one, printed to stderr)"
    )
    parser.add_argument(
        "--project-id", help=f"project to accept (default: OCR_CONFORMANCE_PROJECT_ID, else {DEFAULT_PROJECT_ID})"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="ID", help="be faulty in this way; may be repeated"
    )
    parser.add_argument(
        "--list-faults", action="store_true", help="list the faults and the conformant variants, then end"
    )
    parser.add_argument("--json", action="store_true", help="with --list-faults: as JSON")
    parser.add_argument(
        "--edition",
        action="append",
        default=[],
        metavar="ID[,ID...]",
        help=f"serve this edition, or the first known one of several ({', '.join(edition_ids())})",
    )
    parser.add_argument(
        "--engine",
        choices=("codes", "rapidocr"),
        default="codes",
        help="what reads pictures: the specimens' 2-D codes, or a real OCR engine (extra ocr; default: %(default)s)",
    )
    parser.add_argument(
        "--contracts", type=Path, metavar="DIR", help="serve the operations of this folder of contracts"
    )
    parser.add_argument("--recognizer", metavar="NAME", help="read pictures with a recognizer that is installed")
    for name, what in _ENGINE.items():
        parser.add_argument(f"--engine-{name}", type=float, default=0.0, metavar="P", help=what)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the engine's chance (default: 0)")
    parser.add_argument("--allow-private-urls", action="store_true", help="download from addresses that are not public")
    parser.add_argument("--calls-per-minute", type=_positive, metavar="N", help="refuse further calls with APIG.0308")
    parser.add_argument("--tls", action="store_true", help="serve https with a certificate of its own")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends")
    return parser


def _engine(options: argparse.Namespace) -> Engine:
    shares = {name.replace("-", "_"): getattr(options, f"engine_{name.replace('-', '_')}") for name in _ENGINE}
    return Engine(**shares, seed=options.seed)


def _recognizer(options: argparse.Namespace) -> Recognizer:
    """The reader of pictures that was asked for; raises ValueError where it is not installed."""
    if options.recognizer:
        return load_recognizer(options.recognizer)
    from conformance.reference.rapid import RapidReader  # late: its models take seconds

    return RapidReader()


def _known_edition(stated: str) -> str:
    """The first edition named that ships; raises ValueError where none does."""
    for name in stated.split(","):
        if name in edition_ids():
            return name
    raise ValueError(f"--edition: expected one of {', '.join(edition_ids())}, found {stated!r}")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _credentials(token: str | None, project_id: str | None) -> Credentials:
    token = token or os.environ.get("OCR_CONFORMANCE_TOKEN")
    if not token:
        token = secrets.token_urlsafe(24)
        print(f"token: {token}", file=sys.stderr, flush=True)
    return Credentials(
        token=token,
        project_id=project_id or os.environ.get("OCR_CONFORMANCE_PROJECT_ID") or DEFAULT_PROJECT_ID,
        access_key=os.environ.get("CLOUD_SDK_AK") or None,
        secret_key=os.environ.get("CLOUD_SDK_SK") or None,
        security_token=os.environ.get("CLOUD_SDK_SECURITY_TOKEN") or None,
    )


def _known(options: argparse.Namespace) -> tuple[Fault, ...]:
    """The fleet; with contracts that are added, their faults by rule before it."""
    added = load_contracts(options.contracts) if options.contracts else ()
    return (*rule_faults(added), *ALL)


def _list_faults(known: Sequence[Fault], *, as_json: bool, chinese: bool) -> int:
    try:
        print(_faults_as_json(known) if as_json else _faults_as_text(known, chinese=chinese), flush=True)
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


_TOLD = ("id", "title", "breaks", "kind", "points", "wire", "declares", "zh")
"""What `--json` tells of a fault."""


def _faults_as_json(known: Sequence[Fault]) -> str:
    return json.dumps([{name: getattr(fault, name) for name in _TOLD} for fault in known], indent=2)


def _faults_as_text(known: Sequence[Fault], *, chinese: bool) -> str:
    width = max(len(fault.id) for fault in known)
    told = [(fault, (chinese and fault.zh) or fault.title) for fault in known]
    return "\n".join(f"{fault.kind:8}{fault.id:{width}}  {title}" for fault, title in told)


if __name__ == "__main__":
    sys.exit(main())
