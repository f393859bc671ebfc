"""Faults of a whole call: bodies that are no JSON object, credentials, project, method, path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import PROJECT_SLOT
from conformance.strategies.faults import Breaks, Variant, compact, pick, plainly_in, with_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract
    from conformance.exchange import Auth, Request
    from conformance.strategies.build import Json, Valid


_BOUNDARY = "----specimen"


def _nothing(valid: Valid, _form: int) -> Request:
    return with_body(valid, b"")


def _form_data(valid: Valid, _form: int) -> Request:
    # Base64 text has three characters that forms escape; asking urllib about each of the others takes seconds a run.
    text = valid.text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return with_body(valid, f"{valid.contract.page.picture}={text}".encode("ascii"))


def _multipart(valid: Valid, _form: int) -> Request:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{valid.contract.page.picture}"\r\n\r\n'
    return with_body(valid, f"{head}{valid.text}\r\n--{_BOUNDARY}--\r\n".encode("ascii"))


def _truncated(valid: Valid, form: int) -> Request:
    text = valid.request.body.rstrip()
    kept = len(text) // 2 if form == 0 else 1 + form * 7919 % (len(text) - 1)
    return with_body(valid, text[:kept])


def _two_values(valid: Valid, form: int) -> Request:
    return with_body(valid, valid.request.body + pick((b"{}", b"\n{}", b"[]", b"0"), form))


def _not_a_number(valid: Valid, form: int) -> Request:
    constant = pick((b"NaN", b"Infinity", b"-Infinity"), form)
    return with_body(valid, compact({valid.contract.page.picture: 0}).replace(b":0", b":" + constant))


def _words(valid: Valid, form: int) -> Request:
    return with_body(valid, pick((b"picture", b"undefined", b"<html></html>", b"???"), form))


def _respelled(change: Callable[[bytes], bytes]) -> Breaks:
    """Changes the text of the object, which has white space around it in some spellings."""

    def breaks(valid: Valid, _form: int) -> Request:
        return with_body(valid, change(valid.request.body.strip()))

    return breaks


def _unquoted_name(valid: Valid, _form: int) -> Request:
    name = valid.contract.page.picture
    return with_body(valid, f'{{{name}:"{valid.text}"}}'.encode("ascii"))


def _xml(valid: Valid, _form: int) -> Request:
    name = valid.contract.page.picture
    return with_body(valid, f'<?xml version="1.0"?><request><{name}>{valid.text}</{name}></request>'.encode("ascii"))


def _encoded(*names: str) -> Breaks:
    """The same text in another encoding of Unicode, with its byte order mark."""

    def breaks(valid: Valid, form: int) -> Request:
        return with_body(
            valid, "\ufeff".encode(pick(names, form)) + valid.request.body.decode().encode(pick(names, form))
        )

    return breaks


def _byte_in_picture(*wrong: bytes) -> Breaks:
    """Bytes that no UTF-8 text has, in the middle of the picture's text."""

    def breaks(valid: Valid, form: int) -> Request:
        middle = len(valid.text) // 2
        text = valid.text[:middle].encode("ascii") + pick(wrong, form) + valid.text[middle:].encode("ascii")
        return with_body(valid, compact({valid.contract.page.picture: "?"}).replace(b"?", text))

    return breaks


def _raw_file(valid: Valid, _form: int) -> Request:
    # The first byte of a PNG file begins no UTF-8 sequence: it is there to tell such a file from text.
    return with_body(valid, valid.picture.data)


def _value(make: Callable[[Valid, int], Json]) -> Breaks:
    def breaks(valid: Valid, form: int) -> Request:
        return with_body(valid, compact(make(valid, form)))

    return breaks


VARIANTS = (
    Variant("body.empty", "no-bytes", _nothing),
    Variant("body.not-json", "truncated", _truncated),
    Variant("body.not-json", "trailing-comma", _respelled(lambda text: text[:-1] + b",}")),
    Variant("body.not-json", "single-quotes", _respelled(lambda text: text.replace(b'"', b"'"))),
    Variant("body.not-json", "form-data", _form_data),
    Variant("body.not-json", "multipart", _multipart),
    Variant("body.not-json", "two-values", _two_values),
    Variant("body.not-json", "nan", _not_a_number),
    Variant("body.not-json", "unquoted-name", _unquoted_name),
    Variant("body.not-json", "brace-missing", _respelled(lambda text: text[1:])),
    Variant("body.not-json", "comment", _respelled(lambda text: b"/* specimen */" + text)),
    Variant("body.not-json", "words", _words),
    Variant("body.not-json", "xml", _xml),
    Variant(
        "body.not-json", "white-space", lambda valid, form: with_body(valid, pick((b" ", b"\r\n", b"\t\n "), form))
    ),
    Variant("body.not-utf8", "utf-16", _encoded("utf-16-le", "utf-16-be")),
    Variant("body.not-utf8", "latin-1-byte", _byte_in_picture(b"\xe9", b"\xfc", b"\xdf")),
    Variant("body.not-utf8", "raw-file", _raw_file, start=plainly_in("PNG")),
    Variant("body.not-utf8", "utf-32", _encoded("utf-32-le", "utf-32-be")),
    Variant("body.not-utf8", "cut-sequence", _byte_in_picture(b"\xe7\xa5", b"\xf0\x9f\x8e")),
    Variant("body.not-utf8", "surrogate", _byte_in_picture(b"\xed\xa0\x80", b"\xed\xbf\xbf")),
    Variant("body.not-object", "array", _value(lambda _valid, _form: [])),
    Variant("body.not-object", "string", _value(lambda valid, _form: valid.text)),
    Variant("body.not-object", "number", _value(lambda _valid, form: form)),
    Variant("body.not-object", "null", _value(lambda _valid, _form: None)),
    Variant("body.not-object", "true", _value(lambda _valid, _form: True)),
    Variant("body.not-object", "false", _value(lambda _valid, _form: False)),
    Variant("body.not-object", "array-of-object", _value(lambda valid, _form: [dict(valid.members)])),
)


# Everything of a call but its body: credentials, project, method, path.


_VERSION_AT = 1
"""Place of the version in the parts of a path; the first part is empty."""


def _auth(auth: Auth) -> Breaks:
    return lambda valid, _form: replace(valid.request, auth=auth)


def _method(method: str) -> Breaks:
    return lambda valid, _form: replace(valid.request, method=method)


def _project(*names: str) -> Breaks:
    return lambda valid, form: replace(
        valid.request, path=valid.request.path.replace(PROJECT_SLOT, pick(names, form), 1)
    )


def _path(change: Callable[[list[str], int], list[str]]) -> Breaks:
    """Changes the parts of the path between its slashes; the first one is empty."""
    return lambda valid, form: replace(valid.request, path="/".join(change(valid.request.path.split("/"), form)))


def _misspelt(parts: list[str], form: int) -> list[str]:
    name = parts[-1]
    at = len(name) - 2 - form % (len(name) - 2)
    return [*parts[:-1], name[:at] + name[at + 1 :]]


def _names_a_project(contract: Contract) -> bool:
    return PROJECT_SLOT in contract.page.path


CALL_VARIANTS = (
    Variant("token.absent", "no-credentials", _auth("absent")),
    Variant("token.garbage", "no-token", _auth("garbage")),
    Variant("token.empty", "empty-token", _auth("empty")),
    Variant("token.expired", "not-issued", _auth("expired")),
    Variant("token.bad-signature", "changed", _auth("bad-signature")),
    Variant("token.bad-signature", "skewed-date", _auth("skewed-date")),
    Variant("token.bad-signature", "changed-body", _auth("changed-body")),
    Variant("token.other-project", "not-the-tokens", _auth("other-project"), applies=_names_a_project),
    *(
        Variant("project.malformed", name, _project(*values), applies=_names_a_project)
        for name, values in (
            ("short", ("0123456789abcdef", "0")),
            ("not-hexadecimal", ("z" * 32, "g123456789abcdef0123456789abcdef")),
            ("with-slash", ("0123456789abcdef%2F123456789abcde", "%2F")),
            ("long", ("0123456789abcdef" * 3, "0" * 33)),
            ("unfilled", ("%7Bproject_id%7D", "project_id", "$project_id")),
            ("chinese", ("%E9%A1%B9%E7%9B%AE",)),
        )
    ),
    Variant("method.wrong", "get", _method("GET")),
    Variant("method.wrong", "put", _method("PUT")),
    Variant("method.wrong", "delete", _method("DELETE")),
    Variant("method.wrong", "patch", _method("PATCH")),
    Variant("path.unknown", "misspelt", _path(_misspelt)),
    Variant(
        "path.unknown",
        "another-version",
        _path(lambda parts, form: [*parts[:_VERSION_AT], pick(("v9", "v0", "v1.9"), form), *parts[_VERSION_AT + 1 :]]),
    ),
    Variant(
        "path.unknown", "further-part", _path(lambda parts, form: [*parts, pick(("extra", "v1", "specimen"), form)])
    ),
    Variant("path.unknown", "missing-part", _path(lambda parts, _form: [part for part in parts if part != "ocr"])),
    Variant("path.unknown", "root", _path(lambda _parts, _form: ["", ""])),
)
