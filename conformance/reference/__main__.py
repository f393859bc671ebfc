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
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from PIL import Image

from conformance.reference.app import DEFAULT_PROJECT_ID, create_app
from conformance.reference.contracts import load_contracts
from conformance.reference.credentials import Credentials
from conformance.reference.editions import DEFAULT_EDITIONS, edition_ids
from conformance.reference.engines import Engine
from conformance.reference.faults import ALL, chinese_titles, combine
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.rules import rule_faults
from conformance.reference.recognizer import Recognizer, load_recognizer
from conformance.reference.server import ListenError, listen, origin, serve
from conformance.reference.service import Eyes
from conformance.reference.tls import TlsUnavailableError, own_context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_USAGE = 2

_ENGINE: Mapping[str, str] = {
    "misses": "share of documents that the engine does not see, by chance in each call",
    "misses-same": "share of documents that it never sees, the same ones in every call",
    "fails": "share of documents that it places but cannot read: failed tickets",
    "misreads": "share of documents that it takes for another type, or reads with wrong characters",
}
"""Options of an engine that is not exact, and what they are the share of."""


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"{self.prog}: {message}; see --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list_faults:
        return _list_faults(_known(options), as_json=options.json)
    if options.json:
        parser.error("--json goes with --list-faults")
    # Pillow would print its warning about large pictures; the reference refuses them by their sides anyway.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        _run(options)
    except (ValueError, ListenError, TlsUnavailableError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m conformance.reference", description="Serve the reference implementation.", allow_abbrev=False
    )
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


def _list_faults(known: Sequence[Fault], *, as_json: bool) -> int:
    try:
        print(_faults_as_json(known) if as_json else _faults_as_text(known), flush=True)
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _faults_as_json(known: Sequence[Fault]) -> str:
    names = [field.name for field in fields(Fault) if field.name != "change"]
    chinese = chinese_titles(known)
    rows = [{name: getattr(fault, name) for name in names} | {"zh": chinese.get(fault.id, "")} for fault in known]
    return json.dumps(rows, indent=2)


def _faults_as_text(known: Sequence[Fault]) -> str:
    width = max(len(fault.id) for fault in known)
    return "\n".join(f"{fault.kind:8}{fault.id:{width}}  {fault.title}" for fault in known)


if __name__ == "__main__":
    sys.exit(main())
