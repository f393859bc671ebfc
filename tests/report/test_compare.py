"""What `compare OLD NEW` says of pairs of reports, to the letter, and its exit status."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from reporting import ID, changed, sample_report, verdicts

from conformance.report.compare import compare, comparison_text
from conformance.report.shapes import Report

STALE_HELP = "A stale entry can hide a breach: make a new baseline with `run TARGET --report DIR`.\n"


def compared(old: Report, new: Report, language: str = "en") -> tuple[int, str]:
    comparison = compare(old, new)
    return comparison.status, comparison_text(comparison, language)


def without(report: Report, name: str, **more: object) -> Report:
    """The report without a requirement, and other members if any."""
    left = [entry for entry in report["requirements"] if entry["id"] != f"{ID}/{name}"]
    return changed(report, {"requirements": left, **more})


def test_nothing_changed() -> None:
    report = verdicts({"a.one": "pass", "a.two": "open", "a.three": "fail in p/-"})
    assert compared(report, report) == (
        0,
        (
            "NO REGRESSION: still failing 1, 1 still proven\n"
            "\n"
            "Still failing: 1\n"
            "  auto-classification-v1.0/a.three (must)\n"
        ),
    )


def test_regressed() -> None:
    old = verdicts({"a.one": "pass", "a.two": "pass"})
    new = verdicts({"a.one": "pass", "a.two": "fail in formats/-, body/body.empty"})
    assert compared(old, new) == (
        1,
        (
            "REGRESSION: newly failing 1, 1 still proven\n"
            "\n"
            "Newly failing: 1\n"
            "  auto-classification-v1.0/a.two (must): it was proven before\n"
            "    auto-classification-v1.0/formats\n"
            "    auto-classification-v1.0/body (body.empty)\n"
        ),
    )


def test_regressed_from_open() -> None:
    old, new = verdicts({"a.one": "open"}), verdicts({"a.one": "fail in formats/-"})
    assert compared(old, new) == (
        1,
        (
            "REGRESSION: newly failing 1, 0 still proven\n"
            "\n"
            "Newly failing: 1\n"
            "  auto-classification-v1.0/a.one (must): it was not proven before\n"
            "    auto-classification-v1.0/formats\n"
        ),
    )


def test_a_should_regresses_like_a_must_and_an_open_requirement_is_only_listed() -> None:
    for level, status in (("should", 1), ("open", 0)):
        old, new = verdicts({f"{level} a.one": "pass"}), verdicts({f"{level} a.one": "fail in p/-"})
        headline = "REGRESSION" if status else "NO REGRESSION"
        assert compared(old, new) == (
            status,
            (
                f"{headline}: newly failing 1, 0 still proven\n"
                "\n"
                "Newly failing: 1\n"
                f"  auto-classification-v1.0/a.one ({level}): it was proven before\n"
                "    auto-classification-v1.0/p\n"
            ),
        )


def test_of_one_kind_musts_come_first() -> None:
    old = verdicts({"open a.one": "pass", "should a.two": "pass", "a.three": "pass"})
    new = verdicts({"open a.one": "fail in p/-", "should a.two": "fail in p/-", "a.three": "fail in p/-"})
    found = [change.requirement.partition("/")[2] for change in compare(old, new).of_kind("newly-failing")]
    assert found == ["a.three", "a.two", "a.one"]


def test_fixed_and_newly_proven() -> None:
    old = verdicts({"a.one": "fail in body/body.empty", "a.two": "open"})
    new = verdicts({"a.one": "pass", "a.two": "pass"}, [("body", "body.empty")])
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: fixed 1, newly proven 1, 0 still proven\n"
            "\n"
            "Fixed: 1\n"
            "  auto-classification-v1.0/a.one (must)\n"
            "\n"
            "Newly proven: 1\n"
            "  auto-classification-v1.0/a.two (must)\n"
        ),
    )


def test_a_limit_on_the_whole_run_is_tried_by_every_run() -> None:
    old = verdicts({"measured.recall": "fail in measured/-"})
    new = verdicts({"measured.recall": "pass"}, [("measured", None)])
    assert compared(changed(old, {"exchanges": []}), changed(new, {"exchanges": []})) == (
        0,
        ("NO REGRESSION: fixed 1, 0 still proven\n\nFixed: 1\n  auto-classification-v1.0/measured.recall (must)\n"),
    )


def test_flaky_then_failing_is_a_regression_that_did_not_repeat() -> None:
    old, new = verdicts({"a.one": "pass"}), verdicts({"a.one": "unstable fail in formats/-"})
    assert compared(old, new) == (
        1,
        (
            "REGRESSION: newly failing 1, 0 still proven\n"
            "\n"
            "Newly failing: 1\n"
            "  auto-classification-v1.0/a.one (must): it was proven before; did not repeat\n"
            "    auto-classification-v1.0/formats\n"
        ),
    )


def test_flaky_then_in_order_is_not_praised_as_fixed_for_good() -> None:
    old = verdicts({"a.one": "unstable fail in formats/-"})
    new = verdicts({"a.one": "pass"}, [("formats", None)])
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: fixed 1, 0 still proven\n"
            "\n"
            "Fixed: 1\n"
            "  auto-classification-v1.0/a.one (must): it had not repeated before either\n"
        ),
    )


def test_a_requirement_known_to_fail_that_fails_in_another_place_has_got_worse() -> None:
    old = verdicts({"a.one": "fail in body/body.empty"}, [("body", "body.not-json")])
    new = verdicts({"a.one": "fail in body/body.empty, body/body.not-json"})
    assert compared(old, new) == (
        1,
        (
            "REGRESSION: newly failing 1, still failing 1, 0 still proven\n"
            "\n"
            "Newly failing: 1\n"
            "  auto-classification-v1.0/a.one (must): it fails in places that were in order before\n"
            "    auto-classification-v1.0/body (body.not-json)\n"
            "\n"
            "Still failing: 1\n"
            "  auto-classification-v1.0/a.one (must)\n"
        ),
    )


def test_a_place_that_was_not_tried_before_is_no_regression() -> None:
    old = verdicts({"a.one": "fail in body/body.empty"})
    new = verdicts({"a.one": "fail in body/body.empty, body/body.not-json"})
    assert compared(old, new) == (
        0,
        "NO REGRESSION: still failing 1, 0 still proven\n\nStill failing: 1\n  auto-classification-v1.0/a.one (must)\n",
    )


def test_mended_in_some_places() -> None:
    old = verdicts({"a.one": "fail in body/body.empty, body/body.not-json"})
    new = verdicts({"a.one": "unstable fail in body/body.empty"}, [("body", "body.not-json")])
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: still failing 1, 0 still proven\n"
            "\n"
            "Still failing: 1\n"
            "  auto-classification-v1.0/a.one (must): mended in 1 of 2 places, did not repeat\n"
        ),
    )


def test_no_longer_proven() -> None:
    old, new = verdicts({"a.one": "pass", "a.two": "pass"}), verdicts({"a.one": "open", "a.two": "pass"})
    assert compared(old, new) == (
        3,
        (
            "NO LONGER PROVEN: no longer proven 1, 1 still proven\n"
            "\n"
            "No longer proven: 1\n"
            "  auto-classification-v1.0/a.one (must): nothing decided it\n"
        ),
    )


def test_what_failed_and_was_not_tried_in_the_same_place_is_not_called_fixed() -> None:
    old = verdicts({"a.one": "fail in body/body.empty, formats/-", "a.two": "fail in formats/-"}, [("formats", None)])
    new = changed(verdicts({"a.one": "pass", "a.two": "open"}, [("formats", None)]), {"stop_reason": "limit"})
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: not tried again 2, 0 still proven\n"
            "  differs in stopped by: - -> limit\n"
            "\n"
            "Failed before, not tried again: 2\n"
            "  auto-classification-v1.0/a.one (must): not everywhere\n"
            "    auto-classification-v1.0/body (body.empty)\n"
            "  auto-classification-v1.0/a.two (must): nothing decided it\n"
        ),
    )


def left_out(*names: str, why: str = "depth") -> Mapping[str, object]:
    entries = [{"id": f"{ID}/{name}", "depth": "standard", "why": why} for name in names]
    return {"not_tested": {"contracts": [], "requirements": entries}}


def test_a_shallower_depth_is_named_and_proves_less() -> None:
    old = verdicts({"a.one": "pass", "a.two": "pass", "a.three": "fail in p/-"})
    new = changed(verdicts({"a.one": "pass"}), {"depth": "smoke", **left_out("a.two", "a.three")})
    assert compared(old, new) == (
        3,
        (
            "NO LONGER PROVEN: no longer proven 1, not tried again 1, 1 still proven\n"
            "  differs in depth: standard -> smoke\n"
            "\n"
            "No longer proven: 1\n"
            "  auto-classification-v1.0/a.two (must): the depth leaves it out\n"
            "\n"
            "Failed before, not tried again: 1\n"
            "  auto-classification-v1.0/a.three (must): the depth leaves it out\n"
        ),
    )


def test_a_deeper_depth_speaks_of_more() -> None:
    old = changed(verdicts({"a.one": "pass"}), {"depth": "smoke"})
    new = verdicts({"a.one": "pass", "a.two": "pass", "a.three": "fail in p/-", "a.four": "open"})
    assert compared(old, new) == (
        1,
        (
            "REGRESSION: newly failing 1, newly proven 1, 1 still proven\n"
            "  differs in depth: smoke -> standard\n"
            "\n"
            "Newly failing: 1\n"
            "  auto-classification-v1.0/a.three (must): it was not in scope before\n"
            "    auto-classification-v1.0/p\n"
            "\n"
            "Newly proven: 1\n"
            "  auto-classification-v1.0/a.two (must): it was not in scope before\n"
        ),
    )


def test_a_narrowed_run_is_named() -> None:
    old = verdicts({"a.one": "pass", "a.two": "pass"})
    new = changed(verdicts({"a.one": "pass"}), {"only": ["a.one"], **left_out("a.two", why="narrowed")})
    assert compared(old, new) == (
        3,
        (
            "NO LONGER PROVEN: no longer proven 1, 1 still proven\n"
            "  differs in only: - -> a.one\n"
            "\n"
            "No longer proven: 1\n"
            "  auto-classification-v1.0/a.two (must): --only leaves it out\n"
        ),
    )


def test_another_edition_is_named() -> None:
    old = verdicts({"a.one": "pass"})
    source = old["documents"][ID] | {"edition": "v2", "published": "2025-01-01"}
    new = changed(old, {"documents": {ID: source}})
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: 1 still proven\n  differs in edition of auto-classification-v1.0: "
            f"{old['documents'][ID]['edition']}, {old['documents'][ID]['published']} -> v2, 2025-01-01\n"
        ),
    )


def test_a_contract_of_another_edition_takes_its_requirements_along() -> None:
    old = verdicts({"a.one": "pass", "a.two": "fail in p/-", "a.three": "open"})
    other = "auto-classification-v2-2021"
    entry = copy.deepcopy(old["requirements"][0]) | {"id": f"{other}/a.one", "contract": other}
    new = changed(
        old,
        {"contracts": [other], "documents": {other: old["documents"][ID]}, "requirements": [entry], "positions": {}},
    )
    assert compared(old, new) == (
        3,
        (
            "NO LONGER PROVEN: no longer proven 1, not tried again 1, newly proven 1, 0 still proven\n"
            "  differs in contracts: auto-classification-v1.0 -> auto-classification-v2-2021\n"
            "\n"
            "No longer proven: 1\n"
            "  auto-classification-v1.0/a.one (must): its contract was not run\n"
            "\n"
            "Failed before, not tried again: 1\n"
            "  auto-classification-v1.0/a.two (must): its contract was not run\n"
            "\n"
            "Newly proven: 1\n"
            "  auto-classification-v2-2021/a.one (must): it was not in scope before\n"
        ),
    )


def test_other_positions_target_seed_and_kit_are_named() -> None:
    positions = {ID: {"winding": "clockwise", "url": "yes"}}
    old = changed(verdicts({"a.one": "pass"}), {"positions": positions, "seed": 1})
    new = changed(
        old,
        {
            "positions": {ID: {"winding": "any", "url": "yes", "alarm": "no"}},
            "target": "http://b\x1b[2J",
            "seed": 2,
            "kit_version": "0.2.0",
            "strict": True,
        },
    )
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: 1 still proven\n"
            "  differs in target: http://127.0.0.1:8080 -> http://b\\u001b[2J\n"
            "  differs in strict: false -> true\n"
            "  differs in seed: 1 -> 2\n"
            "  differs in kit: 0.1.0 -> 0.2.0\n"
            "  differs in position alarm of auto-classification-v1.0: - -> no\n"
            "  differs in position winding of auto-classification-v1.0: clockwise -> any\n"
        ),
    )


def test_nothing_that_a_report_names_is_obeyed_by_a_terminal() -> None:
    evil = "evil\x1b[2J"
    quick = {"count": 9, "p50_ms": 100.0, "p90_ms": 390.0, "p99_ms": 90.0, "max_ms": 90.0}
    old = verdicts({f"a.{evil}": f"fail in {evil}/{evil}"})
    old = changed(old, {"positions": {ID: {evil: evil}}, "latency": {evil: quick}})
    new = changed(old, {"target": evil, "positions": {}, "latency": {evil: quick | {"p50_ms": 200.0}}})
    for language in ("en", "zh"):
        text = compared(old, new, language)[1]
        assert text.count("evil\\u001b[2J") == 5
        assert "\x1b" not in text


def test_a_requirement_that_the_kit_no_longer_knows_is_a_stale_entry() -> None:
    old = verdicts({"a.one": "pass", "a.two": "fail in p/-", "a.three": "open"})
    new = without(without(without(old, "a.one"), "a.two"), "a.three")
    assert compared(old, new) == (
        2,
        "STALE BASELINE: stale 2, 0 still proven\n"
        "\n"
        "Stale entries of the baseline (error): 2\n"
        "  auto-classification-v1.0/a.one (must): the kit no longer knows this requirement\n"
        "  auto-classification-v1.0/a.two (must): the kit no longer knows this requirement\n" + STALE_HELP,
    )


def test_evidence_in_a_purpose_that_the_kit_no_longer_has_is_stale() -> None:
    old = verdicts({"a.one": "fail in old-name/-"})
    new = verdicts({"a.one": "pass"}, [("new-name", None)])
    assert compared(old, new) == (
        2,
        "STALE BASELINE: stale 1, 0 still proven\n"
        "\n"
        "Stale entries of the baseline (error): 1\n"
        "  auto-classification-v1.0/a.one (must): the kit no longer has the purposes of its evidence\n"
        "    auto-classification-v1.0/old-name\n" + STALE_HELP,
    )


def test_pictures_of_the_users_own_that_one_run_did_not_have_are_told_and_no_stale_entry() -> None:
    old = verdicts({"a.one": "fail in images/0001.jpg/-", "a.two": "pass"})
    new = verdicts({"a.one": "pass", "a.two": "pass"})
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: not tried again 1, 1 still proven\n"
            "  differs in pictures of the user's own (--images): 1 -> -\n"
            "\n"
            "Failed before, not tried again: 1\n"
            "  auto-classification-v1.0/a.one (must): its pictures of the user's own were not sent\n"
            "    auto-classification-v1.0/images/0001.jpg\n"
        ),
    )
    assert "  不同的自有图片（--images）：- -> 1\n" in compared(new, old, "zh")[1]


def test_a_regression_outranks_a_stale_entry_and_that_what_is_no_longer_proven() -> None:
    old = verdicts({"a.one": "pass", "a.two": "pass", "a.three": "pass"})
    new = verdicts({"a.one": "fail in p/-", "a.two": "open"})
    assert compare(old, new).status == 1
    assert compare(without(old, "a.one"), without(new, "a.one")).status == 2


def test_changed_latency_is_told_and_does_not_fail() -> None:
    slow = {"count": 9, "p50_ms": 160.0, "p90_ms": 400.5, "p99_ms": 900.0, "max_ms": 900.0}
    quick = {"count": 9, "p50_ms": 100.0, "p90_ms": 390.0, "p99_ms": 90.0, "max_ms": 90.0}
    base = verdicts({"a.one": "pass"})
    old, new = changed(base, {"latency": {ID: quick}}), changed(base, {"latency": {ID: slow}})
    assert compared(old, new) == (
        0,
        (
            "NO REGRESSION: 1 still proven\n"
            "\n"
            "Latency of valid requests\n"
            "  auto-classification-v1.0: p50 100 ms -> 160 ms\n"
        ),
    )
    assert compared(old, changed(base, {"latency": {ID: quick | {"p50_ms": 119.0}}}))[1] == (
        "NO REGRESSION: 1 still proven\n"
    )


def test_in_chinese() -> None:
    old = changed(verdicts({"a.one": "pass", "a.two": "pass", "a.three": "fail in p/-"}), {"depth": "thorough"})
    new = verdicts({"a.one": "fail in formats/body.empty", "a.two": "open", "a.three": "fail in p/-"})
    assert compared(old, new, "zh") == (
        1,
        (
            "出现回归：新增未通过 1，不再得到证实 1，仍未通过 1，仍得到证实 0\n"
            "  不同的深度：thorough -> standard\n"
            "\n"
            "新增未通过：1\n"
            "  auto-classification-v1.0/a.one（必须）：此前已证实\n"
            "    auto-classification-v1.0/formats (body.empty)\n"
            "\n"
            "不再得到证实：1\n"
            "  auto-classification-v1.0/a.two（必须）：没有可据以判定的响应\n"
            "\n"
            "仍未通过：1\n"
            "  auto-classification-v1.0/a.three（必须）\n"
        ),
    )


def test_a_long_list_is_cut() -> None:
    names = [f"a.n{number:02d}" for number in range(25)]
    lines = compared(verdicts({}), verdicts(dict.fromkeys(names, "pass")))[1].splitlines()
    assert lines[:3] == ["NO REGRESSION: newly proven 25, 0 still proven", "", "Newly proven: 25"]
    assert lines[-2:] == ["  auto-classification-v1.0/a.n19 (must): it was not in scope before", "  and 5 more"]


def test_a_real_report_equals_itself() -> None:
    assert compare(sample_report(), sample_report()).status == 0
