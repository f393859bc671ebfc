"""Behaviours in lengths, chunks, content codings and content."""

from __future__ import annotations

import gzip
import json
import zlib

from hostile import GOOD, Act, answer
from hostile_heads import (
    ENOUGH,
    OK,
    OPEN_END,
    UNASKED,
    UNFINISHED,
    Answered,
    Behaviour,
    Failed,
    drips,
    ends_after,
    floods,
    sends,
)

from conformance.targets import Limits

MIB = 1024 * 1024
TOO_LONG = Failed("too-large", f"The answer is longer than {16 * MIB} bytes.")
TOO_LONG_DECODED = Failed("too-large", f"The body decodes to more than {16 * MIB} bytes.")
BAD_LENGTH = Failed("malformed", "The Content-Length is not a number.")
TWO_LENGTHS = Failed("malformed", "The Content-Length headers contradict each other.")
BAD_CHUNK = Failed("malformed", "A chunk header is not HTTP.")
BAD_FOOTER = Failed("malformed", "A chunk does not end where its size says.")
BAD_CODING = Failed("malformed", "The Transfer-Encoding is not `chunked`.")
NO_LAST_CHUNK = Failed("closed", "The connection ended before the last chunk of the body.")
CHUNK_LINE_TOO_LONG = Failed("too-large", "A chunk header or the trailers are longer than 100 KiB.")

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)
SMUGGLED = answer(b'{"result": "poison"}')


def length(value: str, body: bytes = GOOD) -> bytes:
    """An answer with this text as its Content-Length."""
    return OK + f"Content-Length: {value}\r\n\r\n".encode() + body


def encoded(body: bytes, coding: str) -> Act:
    """Take one request and answer with this body under this Content-Encoding."""
    return sends(answer(body, f"Content-Encoding: {coding}"))


def bomb(window_bits: int) -> bytes:
    """128 MiB of zero bytes, compressed: one MiB that repeats, and a checksum that no reader should come to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    first, repeated = (packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + repeated * 127 + packer.flush()


LENGTHS = (
    Behaviour(
        "body shorter than its length",
        ends_after(length("100")),
        Failed("closed", "The connection ended after 18 of 100 bytes of the body."),
    ),
    Behaviour("body that never comes", sends(length("18", b"")), UNFINISHED, slow=True),
    Behaviour("negative length", sends(length("-1")), BAD_LENGTH),
    Behaviour("length of letters", sends(length("many")), BAD_LENGTH),
    Behaviour("length with plus", sends(length("+18")), BAD_LENGTH),
    Behaviour("hexadecimal length", sends(length("0x12")), BAD_LENGTH),
    Behaviour("fractional length", sends(length("18.0")), BAD_LENGTH),
    Behaviour("empty length", sends(length("")), BAD_LENGTH),
    Behaviour("length in Arabic digits", sends(length("١٨")), BAD_LENGTH),
    Behaviour("length of 25 digits", sends(length("1" * 25)), BAD_LENGTH),
    Behaviour("length of 18 exabytes", sends(length(str(2**64 - 1))), TOO_LONG),
    Behaviour("length of 1 GB", sends(length(str(10**9))), TOO_LONG),
    Behaviour("two lengths in two headers", sends(OK + b"Content-Length: 5\r\n" + ENOUGH), TWO_LENGTHS),
    Behaviour("two lengths in one header", sends(length("18, 5")), TWO_LENGTHS),
    Behaviour("one length said twice", sends(length("18, 18")), Answered()),
    Behaviour(
        "length and chunks", sends(OK + b"Content-Length: 5\r\n" + CHUNKED[len(OK) :] + CHUNKS), Answered(odd=OPEN_END)
    ),
    Behaviour("no length, ended", ends_after(OK + b"\r\n" + GOOD), Answered()),
    Behaviour("no length, never ended", sends(OK + b"\r\n" + GOOD), UNFINISHED, slow=True),
    Behaviour("endless body", floods(OK + b"\r\n", bytes(MIB)), TOO_LONG),
    Behaviour("body drip", drips(length("10000", b""), b"x"), UNFINISHED, slow=True),
    Behaviour("length 0 with a body", sends(length("0")), Answered(body=b"", odd=UNASKED)),
    Behaviour("204 with a body", sends(answer(GOOD, status="204 No Content")), Answered(204, b"", UNASKED)),
    Behaviour("304 with a body", sends(answer(GOOD, status="304 Not Modified")), Answered(304, b"", UNASKED)),
    Behaviour("line break after the body", sends(answer(GOOD) + b"\r\n"), Answered(odd=UNASKED)),
    Behaviour("second answer smuggled", sends(answer(GOOD) + SMUGGLED), Answered(odd=UNASKED)),
    Behaviour("hundred answers smuggled", sends(answer(GOOD) + SMUGGLED * 100), Answered(odd=UNASKED)),
    Behaviour("flood after the answer", floods(answer(GOOD) + b"x", b"x" * 4096), Answered(odd=UNASKED)),
    Behaviour("empty body", sends(answer(b"")), Answered(body=b"")),
)

CHUNKING = (
    Behaviour("chunks", sends(CHUNKED + CHUNKS), Answered()),
    Behaviour(
        "chunks of one byte", sends(CHUNKED, *(b"1\r\n%c\r\n" % byte for byte in GOOD), b"0\r\n\r\n"), Answered()
    ),
    Behaviour("trailers", sends(CHUNKED + CHUNKS[:-2] + b"Name: value\r\n\r\n"), Answered()),
    Behaviour("second answer after chunks", sends(CHUNKED + CHUNKS + SMUGGLED), Answered(odd=UNASKED)),
    Behaviour("chunks after the last chunk", sends(CHUNKED + CHUNKS + CHUNKS), Answered(odd=UNASKED)),
    Behaviour("chunk size of letters", sends(CHUNKED + b"xyz\r\n{}\r\n"), BAD_CHUNK),
    Behaviour("negative chunk size", sends(CHUNKED + b"-5\r\n{}\r\n"), BAD_CHUNK),
    Behaviour("chunk size with 0x", sends(CHUNKED + b"0x2\r\n{}\r\n"), BAD_CHUNK),
    Behaviour("empty chunk size", sends(CHUNKED + b"\r\n{}\r\n"), BAD_CHUNK),
    Behaviour("chunk size of 30 digits", sends(CHUNKED + b"1" * 30 + b"\r\n{}"), BAD_CHUNK),
    Behaviour("chunk of 18 exabytes", sends(CHUNKED + b"FFFFFFFFFFFFFFFF\r\n{}"), TOO_LONG),
    Behaviour("chunk longer than its size", sends(CHUNKED + b"2\r\n{}{}\r\n0\r\n\r\n"), BAD_FOOTER),
    Behaviour("chunk without line break", sends(CHUNKED + b"2\r\n{}0\r\n\r\n"), BAD_FOOTER),
    Behaviour("chunk lines with bare line feeds", ends_after(CHUNKED + b"2\n{}\n0\n\n"), NO_LAST_CHUNK),
    Behaviour("no last chunk", ends_after(CHUNKED + b"2\r\n{}\r\n"), NO_LAST_CHUNK),
    Behaviour("end within a chunk", ends_after(CHUNKED + b"ff\r\n{}"), NO_LAST_CHUNK),
    Behaviour("chunks that stop", sends(CHUNKED + b"2\r\n{}\r\n"), UNFINISHED, slow=True),
    Behaviour("chunk drip", drips(CHUNKED, b"1\r\nx\r\n"), UNFINISHED, slow=True),
    Behaviour("endless chunks", floods(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), TOO_LONG),
    Behaviour(
        "endless tiny chunks",
        floods(CHUNKED, b"1\r\nx\r\n" * 1000),
        Failed("too-large", "The answer is longer than 65536 bytes."),
        limits=Limits(wire_bytes=65_536),
    ),
    Behaviour("endless chunk extension", floods(CHUNKED + b"2;", b"name=value;" * 100), CHUNK_LINE_TOO_LONG),
    Behaviour("endless trailers", floods(CHUNKED + b"0\r\n", b"Name: value\r\n" * 100), CHUNK_LINE_TOO_LONG),
    Behaviour(
        "bad trailers", sends(CHUNKED + b"0\r\nno colon\r\n\r\n"), Failed("malformed", "A header line is not HTTP.")
    ),
    Behaviour("gzip as transfer coding", sends(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS), BAD_CODING),
    Behaviour("identity as transfer coding", sends(OK + b"Transfer-Encoding: identity\r\n\r\n" + GOOD), BAD_CODING),
    Behaviour(
        "chunked twice",
        sends(OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED[len(OK) :] + CHUNKS),
        Failed("malformed", "There is more than one Transfer-Encoding header."),
    ),
)

GZIP_BOMB = bomb(31)
PACKED = gzip.compress(GOOD, mtime=0)


def not_of(coding: str) -> Failed:
    return Failed("malformed", f"The Content-Encoding says {coding}, and the body is none.")


CODINGS = (
    Behaviour("gzip", encoded(PACKED, "gzip"), Answered()),
    Behaviour("deflate", encoded(zlib.compress(GOOD), "deflate"), Answered()),
    Behaviour("deflate without its wrapper", encoded(zlib.compress(GOOD, wbits=-15), "deflate"), Answered()),
    Behaviour("gzip in two members", encoded(gzip.compress(GOOD[:5]) + gzip.compress(GOOD[5:]), "x-gzip"), Answered()),
    Behaviour("gzip twice", encoded(gzip.compress(PACKED), "gzip, gzip"), Answered()),
    Behaviour("gzip cut short", encoded(PACKED[:20], "gzip"), Answered(body=GOOD[:9])),
    Behaviour("gzip with wrong checksum", encoded(PACKED[:-8] + bytes(8), "gzip"), Answered()),
    Behaviour("bytes after gzip", encoded(PACKED + b"garbage", "gzip"), Answered()),
    Behaviour("gzip that is none", encoded(GOOD, "gzip"), not_of("gzip")),
    Behaviour("deflate that is none", encoded(GOOD, "deflate"), not_of("deflate")),
    Behaviour("coding that nobody knows", encoded(GOOD, "rot13"), Answered()),
    Behaviour("a thousand codings", encoded(GOOD, ", ".join(["gzip"] * 1000)), Answered()),
    Behaviour("gzip bomb", encoded(GZIP_BOMB, "gzip"), TOO_LONG_DECODED),
    Behaviour("gzip bomb in gzip", encoded(gzip.compress(GZIP_BOMB), "gzip, gzip"), TOO_LONG_DECODED),
    Behaviour("deflate bomb", encoded(bomb(15), "deflate"), TOO_LONG_DECODED),
    Behaviour("a thousand gzip members", encoded(gzip.compress(b"a") * 1000, "gzip"), Answered(body=b"a" * 64)),
)

DEEP = b"[" * 100_000 + b"]" * 100_000
CONTENT = (
    Behaviour(
        "charset that nobody knows", sends(answer(GOOD, "Content-Type: text/plain; charset=klingon")), Answered()
    ),
    Behaviour("charset with a zero byte escape", sends(answer(GOOD, 'Content-Type: a/b; charset="\\0"')), Answered()),
    Behaviour("charset base64", sends(answer(GOOD, "Content-Type: a/b; charset=base64")), Answered()),
    Behaviour("UTF-16", sends(answer(GOOD.decode().encode("utf-16"))), Answered(body=GOOD.decode().encode("utf-16"))),
    Behaviour("bytes that are no UTF-8", sends(answer(b'"\xff\xfe\xc0"')), Answered(body=b'"\xff\xfe\xc0"')),
    Behaviour("zero bytes", sends(answer(bytes(1000))), Answered(body=bytes(1000))),
    Behaviour("deep JSON", sends(answer(DEEP)), Answered(body=DEEP)),
    Behaviour("number of 5,000 digits", sends(answer(b"9" * 5000)), Answered(body=b"9" * 5000)),
    Behaviour("NaN", sends(answer(b"[NaN, -Infinity]")), Answered(body=b"[NaN, -Infinity]")),
    Behaviour("lone surrogates", sends(answer(rb'"\ud800"')), Answered(body=rb'"\ud800"')),
    Behaviour("doubled keys", sends(answer(b'{"a":1,"a":2}')), Answered(body=b'{"a":1,"a":2}')),
    Behaviour("body of 15 MiB", sends(answer(bytes(15 * MIB))), Answered(body=bytes(15 * MIB))),
    Behaviour(
        "a million escapes",
        sends(answer(json.dumps("\x01" * 200_000).encode())),
        Answered(body=json.dumps("\x01" * 200_000).encode()),
    ),
)
