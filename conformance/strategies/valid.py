"""Draws of valid requests, as Hypothesis strategies: plain ones, those that must be accepted, all that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from conformance.contract.contract import Contract, contract_from
from conformance.contract.schemas import is_required, member_rows, member_type
from conformance.contract.tables import Row
from conformance.files import DataError, near_it
from conformance.images import FORMATS, MAX_SIDE, VARIANTS, Format, Variant
from conformance.strategies.build import ENTERPRISE_PROJECT
from conformance.strategies.draw import JSON_TYPE, Draw, EnterpriseProject, HeaderSpelling, JsonSpelling
from conformance.strategies.pictures import BLANK_HEIGHT, BLANK_WIDTH, draw_picture
from conformance.strategies.specimens import specimens, typed_specimens

# Hypothesis's strategies under the name `st`, loaded when they are first used: most commands need none.
if TYPE_CHECKING:
    from hypothesis import strategies

    st = strategies
else:

    class _Strategies:
        def __getattr__(self, name: str) -> object:
            from hypothesis import strategies

            return getattr(strategies, name)

    st = _Strategies()


CHARSETS = (JSON_TYPE, f"{JSON_TYPE};charset=UTF-8", f"{JSON_TYPE}; charset=utf-8")

_PLAIN_FORMATS: tuple[Format, ...] = ("PNG", "JPEG", "TIFF")
"""Of a plain picture of about 100 kB; a BMP file is ten times as large."""

_PADDING = 1024
"""Characters of base64 that padding any file needs room for."""

_STORED = tuple(sorted(VARIANTS, key=lambda way: (way.layout != "plain", way.mode != "rgb")))
"""Ways to store a picture, the plain ones first: an example is shrunk to the first that shows a failure."""

_FEW = 2
"""Documents of the pictures whose size or dialect is what varies: pages that come again are drawn once."""

_SIDES = (("width",), ("height",), ("width", "height"))
"""Which sides of a picture are drawn, the simplest first."""


@dataclass(frozen=True)
class Wanted:
    """What pictures are narrowed to: specimens by id, formats, pixels of a side, documents on a page."""

    documents: tuple[str, ...]
    formats: tuple[Format, ...]
    sides: tuple[int, int]
    most: int
    least: int = 1
    narrow: bool = False

    def fits(self, name: str) -> bool:
        """Whether a page with that specimen alone, in its usual margin, has sides in the range."""
        low, high = self.sides
        margin = 2 * Draw().margin
        specimen = specimens()[name]
        return all(low <= side + margin <= high for side in (specimen.width, specimen.height))


def wanted(
    contract: Contract,
    documents: Iterable[str] | None = None,
    formats: Iterable[str] | None = None,
    sides: tuple[int, int] | None = None,
    several: bool | None = None,
) -> Wanted:
    """What the arguments of the strategies ask for. Raises DataError for what the contract does not have."""
    typed = typed_specimens(contract)
    documents = [documents] if isinstance(documents, str) else documents  # one alone, rather than its letters
    formats = [formats] if isinstance(formats, str) else formats
    if not contract.page.picture:
        return Wanted(tuple(specimen.id for specimen in typed), _PLAIN_FORMATS, (1, MAX_SIDE), 1)
    limits = contract.limits
    known = {name: [s.id for s in typed if name in (s.id, s.type_in(contract))] for name in _names(contract)}
    named = list(known) if documents is None else list(documents)
    listed = [fmt for fmt in FORMATS if fmt in limits.formats]
    asked = listed if formats is None else [fmt.upper() for fmt in formats]
    low, high = sides if sides is not None else (limits.side_min, limits.side_max)
    if unknown := [name for name in named if name not in known] or ([] if named else ["nothing"]):
        near = near_it(unknown[0], known)
        raise DataError(
            f"documents: expected specimens or types of {contract.id}, found {unknown[0]!r}; {near.en}",
            f"documents：应为 {contract.id} 的样张或类型，实为 {unknown[0]!r}；{near.zh}",
        )
    if unknown := [fmt for fmt in asked if fmt not in listed] or ([] if asked else ["none"]):
        raise DataError(
            f"formats: expected some of {', '.join(listed)}, found {unknown[0]!r}",
            f"formats：应在 {'、'.join(listed)} 之中，实为 {unknown[0]!r}",
        )
    if not limits.side_min <= low <= high <= limits.side_max:
        raise DataError(
            f"sides: expected pixels from {limits.side_min} to {limits.side_max}, found {low} to {high}",
            f"sides：应为 {limits.side_min}～{limits.side_max} 像素，实为 {low}～{high}",
        )
    if several and not contract.answers_tickets:
        raise DataError(
            f"several: {contract.id} answers one document; expected False or nothing",
            f"several：{contract.id} 的响应只有一份证件；应为 False 或不给出",
        )
    most = 3 if contract.answers_tickets and several is not False else 1
    chosen = tuple(dict.fromkeys(name for key in named for name in known[key]))
    narrow = sides is not None or several is not None
    return Wanted(chosen, tuple(cast("list[Format]", asked)), (low, high), most, 2 if several else 1, narrow)


def _names(contract: Contract) -> tuple[str, ...]:
    typed = typed_specimens(contract)
    return (*(specimen.id for specimen in typed), *contract.types)


def plain_draws(contract: Contract | str | Path, *, chosen: Wanted | None = None) -> st.SearchStrategy[Draw]:
    """Draws of one document on a plain picture of about 100 kB: what every target must accept and read."""
    contract = contract_from(contract)
    chosen = wanted(contract) if chosen is None else chosen
    formats = [fmt for fmt in _PLAIN_FORMATS if fmt in chosen.formats] or chosen.formats
    pages = st.fixed_dictionaries({"page": _one_document(chosen), "format": st.sampled_from(formats)})
    return _draws(contract, pages, _switches(contract) | _spellings(contract))


def valid_draws(
    contract: Contract | str | Path, *, url: bool = False, chosen: Wanted | None = None
) -> st.SearchStrategy[Draw]:
    """Draws of everything that the documents allow; those with `plain` False leave an open point to the target.

    `url` True adds pictures that have to be served.
    """
    contract = contract_from(contract)
    chosen = wanted(contract) if chosen is None else chosen
    if not contract.page.picture:
        return plain_draws(contract, chosen=chosen)
    ways = [_stored(chosen), _stored(chosen), _loosely_written(contract, chosen)]  # there are many ways to store
    ways += [_by_url(chosen)] if url else []
    others = _switches(contract) | _spellings(contract)
    return st.one_of(acceptable_draws(contract, chosen, others), *(_draws(contract, way, others) for way in ways))


def acceptable_draws(
    contract: Contract, chosen: Wanted, others: dict[str, st.SearchStrategy[object]] | None = None
) -> st.SearchStrategy[Draw]:
    """Draws of what must be accepted: plainly stored, inside of every limit, whatever the size and the spelling."""
    if others is None:
        others = _switches(contract) | _spellings(contract)
        others.pop("enterprise_project", None)
    if not contract.page.picture:
        return plain_draws(contract, chosen=chosen)
    fitting = [[name] for name in chosen.documents if chosen.fits(name)]
    # The page that costs least, for all that has nothing to do with the picture.
    ways = [_paged(chosen, fitting[:1]), _paged(chosen, fitting[:1]), _paged(chosen, fitting)] if fitting else []
    ways += [_sized(chosen)] * 3  # a limit on sides has to be met in a hundred examples
    if chosen.least > 1:
        ways = [_placed(chosen)]
    elif not chosen.narrow:
        ways += [_placed(chosen), _long(contract, chosen), _paged(chosen, _worn(contract, chosen))]
    return st.one_of([_draws(contract, way, others) for way in ways])


def _draws(
    contract: Contract,
    pictures: st.SearchStrategy[Mapping[str, object]],
    others: dict[str, st.SearchStrategy[object]],
) -> st.SearchStrategy[Draw]:
    """Draws with the keys of a picture and any of the other keys."""

    def joined(more: Mapping[str, object], picture: Mapping[str, object]) -> Draw:
        draw = Draw.from_data({**picture, **more})
        shown = [kind for name in draw.page if (kind := specimens()[name].type_in(contract))]
        if draw.type_list is None or set(shown) & set(draw.type_list):
            return draw
        if not draw.type_list:  # one type alone: that of the first document
            return replace(draw, type_list=(shown[0] if shown else contract.types[0],))
        # Asked for none of what it shows, a target may answer that it supports nothing there.
        return replace(draw, type_list=(*draw.type_list, shown[0])) if shown else draw

    always = {key: value for key, value in others.items() if key == "members" and _needs_members(contract)}
    rest = {key: value for key, value in others.items() if key not in always}
    more = _any_of(rest)
    if always:
        more = st.builds(lambda some, any_of: {**some, **any_of}, st.fixed_dictionaries(always), more)
    # The picture last: while it is shrunk to a plainer one the other choices stay where they are.
    return st.builds(joined, more, pictures)


def _needs_members(contract: Contract) -> bool:
    return any(is_required(row) for row in member_rows(contract.page))


def _any_of(keys: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[dict[str, object]]:
    """Any of these keys, each there or not whatever the others are: so what a failure does not need is shrunk away."""
    there = st.booleans()

    @st.composite
    def some(draw: st.DrawFn) -> dict[str, object]:
        # One draw for a key that is not there and two for one that is: this is made for every example.
        return {key: draw(values) for key, values in keys.items() if draw(there)}

    return some()


def _switches(contract: Contract) -> dict[str, st.SearchStrategy[object]]:
    """The optional parameters, as keys of a draw."""
    switches: dict[str, st.SearchStrategy[object]] = {}
    if "type_list" in contract.parameters:
        one: st.SearchStrategy[list[str]] = st.just([])  # filled with the type that the page shows
        some = st.lists(st.sampled_from(contract.types), min_size=1, max_size=len(contract.types), unique=True)
        switches["type_list"] = st.one_of(one, some, st.just(list(contract.types)), st.permutations(contract.types))
    if rows := member_rows(contract.page):
        required = {row.name: _values(row) for row in rows if is_required(row)}
        others = {row.name: _values(row) for row in rows if not is_required(row)}
        switches["members"] = st.fixed_dictionaries(required, optional=others)
    switches |= {name: st.booleans() for name in ("alarm", "detect_seal") if name in contract.parameters}
    return switches


_PLAIN: Mapping[str, object] = {"boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
"""A value of each JSON type but text, the one that others are shrunk to."""


def plain_value(row: Row) -> object:
    """The simplest value of a parameter that only the tables know: the first that is documented, or one of its type."""
    kind = member_type(row)
    return row.values[0] if row.values and kind == "string" else _PLAIN.get(kind, "0")


def _values(row: Row) -> st.SearchStrategy[object]:
    """Values of a parameter that only the tables know, `plain_value` first."""
    kind = member_type(row)
    if row.values and kind == "string":
        return st.sampled_from(row.values)
    if kind in ("integer", "number"):
        return st.integers(0, 9)
    return st.booleans() if kind == "boolean" else st.just(plain_value(row))


def _spellings(contract: Contract) -> dict[str, st.SearchStrategy[object]]:
    """Ways to spell the same request, as keys of a draw."""
    spellings: dict[str, st.SearchStrategy[object]] = {
        "json": st.sampled_from(get_args(JsonSpelling)),
        "headers": st.sampled_from(get_args(HeaderSpelling)),
        "content_type": st.sampled_from(CHARSETS),
    }
    if any(row.name == ENTERPRISE_PROJECT for _, row in contract.page.rows_of("header")):
        spellings["enterprise_project"] = st.sampled_from(get_args(EnterpriseProject))
    return spellings


def _one_document(chosen: Wanted, most: int | None = None) -> st.SearchStrategy[list[str]]:
    """The page of a draw with one document on it, one of the first `most`; blank where none fits."""
    pages = [[name] for name in chosen.documents if chosen.fits(name)]
    return st.sampled_from(pages[:most] or [[]])


def _paged(chosen: Wanted, pages: list[list[str]]) -> st.SearchStrategy[dict[str, object]]:
    """A page as it is, in any of the formats: one choice, as no other way to make a picture may be simpler."""
    formats = sorted(chosen.formats, key=lambda fmt: fmt != Draw().format)
    return st.sampled_from([{"page": page, "format": fmt} for fmt in formats for page in pages])


def _placed(chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """Where the documents lie: several on a page where the answer is a list, turned, scaled, moved."""
    pages = st.lists(st.sampled_from(chosen.documents), min_size=chosen.least, max_size=chosen.most)
    ways: dict[str, st.SearchStrategy[object]] = {
        "rotate": st.one_of(st.sampled_from((0, 90, 180, 270)), st.integers(0, 359)),
        "scale": st.sampled_from((1, 0.8, 1.25)),
        "margin": st.one_of(st.just(0), st.integers(0, 200)),
        "shift": st.lists(st.integers(0, 300), min_size=2, max_size=2),
    }
    formats = [fmt for fmt in _PLAIN_FORMATS if fmt in chosen.formats] or chosen.formats
    paged = st.fixed_dictionaries({"page": pages, "format": st.sampled_from(formats)})
    return st.builds(lambda page, way: {**page, **way}, paged, _any_of(ways))


def _stored(chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """How the file is written: every mode and layout of every listed format, every orientation."""

    def keys(page: list[str], variant: Variant, orientation: int) -> dict[str, object]:
        stored: dict[str, object] = {"format": variant.format, "mode": variant.mode, "layout": variant.layout}
        return {"page": page, **stored, "orientation": orientation if variant.oriented else 1}

    variants = st.sampled_from([way for way in _STORED if way.format in chosen.formats])
    return st.builds(keys, _one_document(chosen), variants, st.integers(1, 8))


def _sized(chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """Sides over their whole range and at its ends; a picture that is too small for its document is blank."""
    low, high = chosen.sides
    side = _over(low, high)
    margin = 2 * Draw().margin
    fmt = next(iter(fmt for fmt in _PLAIN_FORMATS if fmt in chosen.formats), chosen.formats[0])

    def keys(name: str, sides: Mapping[str, int]) -> dict[str, object]:
        room = {"width": specimens()[name].width + margin, "height": specimens()[name].height + margin}
        form: dict[str, object] = {} if fmt == Draw().format else {"format": fmt}
        whole = {key: max(least, low) for key, least in room.items() if least < low} | dict(sides)
        if all(room[key] <= whole.get(key, room[key]) <= high for key in room):
            return {"page": [name], **form, **whole}
        blank = (("width", BLANK_WIDTH), ("height", BLANK_HEIGHT))
        return {**form, **{key: min(max(side, low), high) for key, side in blank if not low <= side <= high}, **sides}

    one_or_both = [st.fixed_dictionaries(dict.fromkeys(wanted, side)) for wanted in _SIDES]
    fitting = sorted(chosen.documents, key=lambda name: not chosen.fits(name))
    return st.builds(keys, st.sampled_from(fitting[:_FEW]), st.one_of(one_or_both))


def _long(contract: Contract, chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """Lengths of the base64 text over their whole range."""
    draw = Draw((chosen.documents[0],))
    shortest = -(-len(draw_picture(draw).data) // 3) + _PADDING // 4
    longest = contract.limits.base64_accepted // 4
    lengths = _over(shortest, longest)
    return lengths.map(lambda length: {"page": list(draw.page), "base64": 4 * length})


def _over(low: int, high: int, parts: int = 4) -> st.SearchStrategy[int]:
    """Integers of a whole range and its ends, as often above the middle as below.

    Of a wide range Hypothesis mostly draws what is near its lowest value, hence one from each part on. The first of the
    ranges has all of them, so that a value of another one can be shrunk as far as it goes.
    """
    ranges = [(low, high), (low, low)]
    ranges += [(low + (high - low) * part // parts, high) for part in range(1, parts + 1)]
    return st.one_of([st.integers(*ends) for ends in ranges]).map(lambda value: value)


def _loosely_written(contract: Contract, chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """A plain picture in a dialect of base64, in the longest texts, or beside parameters that are null."""
    others = [name for name in contract.parameters if name != contract.page.picture]
    written = st.sampled_from(("broken-lines", "url-safe", "unpadded")).map(lambda dialect: {"dialect": dialect})
    nothing = st.lists(st.sampled_from(others), min_size=1, unique=True).map(lambda names: {"null": names})
    limits = contract.limits
    longest = st.sampled_from((limits.base64_max, limits.base64_advised)).map(lambda length: {"base64": length})
    ways = st.one_of(written, nothing, longest)
    return st.builds(lambda page, way: {"page": page, **way}, _one_document(chosen, _FEW), ways)


def _by_url(chosen: Wanted) -> st.SearchStrategy[dict[str, object]]:
    """Pictures that a url names, served in every way but slowly."""
    ways = st.sampled_from(("plain", "chinese", "redirected", "mislabelled", "not-encoded"))
    return st.fixed_dictionaries(
        {"page": _one_document(chosen), "url": st.just(True), "served": ways},
        optional={"format": st.sampled_from(chosen.formats)},
    )


def _worn(contract: Contract, chosen: Wanted) -> list[list[str]]:
    """The pages of worn copies that can still be read, beside the masters."""
    return [[s.id] for s in typed_specimens(contract, worn=True) if (s.copy_of or s.id) in chosen.documents]
