"""Pipelines as YAML: what is read, what is refused, and that writing and reading change nothing."""

from typing import Any

import pytest
from crm_api.fields import FieldError
from crm_api.rules.pipelines import WrittenPipeline
from crm_api.rules.yaml_documents import DEEPEST, LARGEST, read_all, read_yaml, write_yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

KEYS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "on",
        "yes",
        "no",
        "null",
        "~",
        "1e3",
        "0x1f",
        "2026-12-01",
        "10:00",
        " x ",
        "a: b",
        "- a",
        "#",
        "{{ item.title }}",
    ]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
NAMES = TEXTS | st.dictionaries(st.sampled_from(["en", "pt", "it", "ru"]), TEXTS, max_size=4)
RULES = st.fixed_dictionaries(
    {"key": KEYS, "do": st.dictionaries(TEXTS, OBJECTS, min_size=1, max_size=1)},
    optional={
        "name": NAMES,
        "timing": OBJECTS,
        "when": st.none() | OBJECTS,
        "enabled": st.booleans(),
        "keep_on_leave": st.booleans(),
        "catch_up": st.none() | TEXTS,
    },
)
WINDOWS = st.none() | st.just({"quiet": "30 seconds", "at_most": "5 minutes"})
TRIGGERS = st.fixed_dictionaries(
    {"key": KEYS, "on": TEXTS},
    optional={"filter": OBJECTS, "when": OBJECTS, "allow_backward": st.booleans(), "settle": WINDOWS},
)
STAGES = st.fixed_dictionaries(
    {"key": KEYS},
    optional={
        "name": NAMES,
        "kind": st.sampled_from(["open", "success", "failure"]),
        "color": st.just("#3b82f6"),
        "rules": st.lists(RULES, max_size=3),
        "triggers": st.lists(TRIGGERS, max_size=2),
    },
)
PIPELINES = st.fixed_dictionaries(
    {"stages": st.lists(STAGES, min_size=1, max_size=3)}, optional={"name": NAMES, "owner": TEXTS}
)


def written(document: WrittenPipeline) -> str:
    return write_yaml(document.model_dump(mode="json", exclude_defaults=True))


@example({"stages": [{"key": "new", "name": "\x85/\u2028"}]})
@settings(deadline=None)
@given(PIPELINES)
def test_a_pipeline_that_is_written_and_read_is_the_same(shape: dict[str, Any]) -> None:
    document = WrittenPipeline.model_validate(shape)
    assert WrittenPipeline.model_validate(read_yaml(written(document).encode())) == document


@example([{"\x85/ø": [], "\ufeff": "\x7f"}])
@settings(deadline=None)
@given(st.lists(OBJECTS, min_size=1, max_size=3))
def test_every_value_of_json_is_the_same_after_yaml(documents: list[dict[str, Any]]) -> None:
    assert read_all(write_yaml(*documents).encode()) == documents


def test_on_is_a_word_and_dates_times_and_intervals_are_texts() -> None:
    read = read_yaml(b"on: invoice.paid\nat: 2026-12-01T10:00\nday: 2026-12-01\nhour: 10:00\nafter: 2 days\nyes: no")
    assert read == {
        "on": "invoice.paid",
        "at": "2026-12-01T10:00",
        "day": "2026-12-01",
        "hour": "10:00",
        "after": "2 days",
        "yes": "no",
    }


def test_what_people_write_is_read_as_they_mean_it() -> None:
    body = """
    # A comment.
    pipeline: deal/retail
    stages:
      - key: new
        rules:
          - key: nudge
            timing: {after: 2 days, working_time: portal}
            when: {all: [{field: item.amount, greater: 1000 EUR}, {field: contact.email, empty: false}]}
            do:
              send-sms:
                text: >-
                  Folded
                  text
    """
    rule = WrittenPipeline.model_validate(read_yaml(body.encode())).stages[0].rules[0]
    assert rule.timing == {"after": "2 days", "working_time": "portal"}
    assert rule.when == {
        "all": [{"field": "item.amount", "greater": "1000 EUR"}, {"field": "contact.email", "empty": False}]
    }
    assert rule.do == {"send-sms": {"text": "Folded text"}}


def test_plain_values_are_those_of_the_core_schema() -> None:
    read = read_yaml(b"a: [~, null, true, FALSE, 7, -3, 0x1f, 0o17, 1.5, 1e3, '7', .5, '']")
    assert read["a"] == [None, None, True, False, 7, -3, 31, 15, 1.5, 1000.0, "7", 0.5, ""]


BOMB = "a: &a [x, x]\n" + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(9))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BOMB.encode(), "line 1: anchors and aliases are not read"),
        (b"a: !!python/object/apply:os.system [ls]", "line 1: the tag"),
        (b"a: !secret x", "line 1: the tag"),
        (b"a: 1\nb: 2\na: 3", "line 3: the key 'a' is there twice"),
        (b"a: " + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested more than"),
        (b"a: " + b"[" * 100_000, "nested more than"),
        (b"[1, 2]", "a document is an object"),
        (b"just a text", "a document is an object"),
        (b"", "there are 0 documents"),
        (b"a: 1\n---\nb: 2", "there are 2 documents"),
        (b"? [a]\n: b", "a key is a text"),
        (b"a: .nan", ".nan is no number"),
        (b"a: .inf", ".inf is no number"),
        (b"a: 1e999", "1e999 is no number"),
        (b"a: [1, 2", "line 1: "),
        (b"\tb: 1", "line 1: "),
        (b"\xff\xfe\x00", "it is no YAML"),
        (b"a: \x01", "it is no YAML"),
        (b"a: " + b"x" * LARGEST, "it may have 768000"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(body: bytes, words: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_yaml(body)
    assert words in str(caught.value)
    assert caught.value.fix


def test_several_documents_make_one_file() -> None:
    one, two = {"kind": "type", "key": "deal"}, {"kind": "pipeline"}
    assert read_all(write_yaml(one, two).encode()) == [one, two]
