"""How near names are, and that the contract's thresholds link nothing wrong on a labelled set of names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.contract import load_contract
from pipelines.ingest.naming import ConceptNames, concept_names
from pipelines.reference.closeness import Close, closest, known_names, likeness, same_form
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT
from tests.unit.closeness_labels import LABELS

CASES = [(concept, text, meant) for concept, texts in LABELS.items() for text, meant in texts.items()]


@pytest.fixture(scope="module")
def base() -> ReferencePack:
    return load_pack([ROOT / "data" / "seeds" / "reference"])


@pytest.fixture(scope="module")
def names(base: ReferencePack) -> dict[str, ConceptNames]:
    return concept_names(base, load_contract().closeness)


# The measure


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("helse og omsorg", "Omsorg & helse", 100.0),
        ("web sak", "WebSak", 100.0),
        ("office365", "Office 365", 100.0),
        ("acos websak v8.1", "ACOS WebSak", 100.0),
        ("gerica modul", "Gerica", 100.0),
        ("barnehagepplass", "barnehageplass", 93.3),
        ("lønn og personell", "lønn og personal", 77.8),
        # A change that makes another word is never sure, however long the word.
        ("kontraktopplysninger", "kontaktopplysninger", 85.0),
        ("personalopplysninger", "personopplysninger", 85.0),
        # Other first letters, other short words: other things.
        ("renovasjon", "innovasjon", 0.0),
        ("økonomi og hr", "økonomi og it", 0.0),
        # Codes, numbers, short texts and negations are no matters of likeness.
        ("p12", "p13", 0.0),
        ("microsoft 365", "microsoft 364", 0.0),
        ("lønn", "lån", 0.0),
        ("behandle innsynskrav", "ikke behandle innsynskrav", 0.0),
        ("", "", 0.0),
    ],
)
def test_the_measure(one: str, other: str, score: float) -> None:
    assert likeness(one, other) == score
    assert likeness(other, one) == score


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_measure_is_the_same_both_ways_and_within_bounds(one: str, other: str) -> None:
    score = likeness(one, other)
    assert score == likeness(other, one)
    assert 0 <= score <= 100
    assert score == round(score, 1)


@given(st.text(max_size=40))
def test_a_name_is_like_itself_or_not_comparable(text: str) -> None:
    assert likeness(text, text) in {0.0, 100.0}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Visma Enterprise - HRM ", "visma enterprise hrm"),
        ("Visma A/S", "visma"),
        ("Sikri AS", "sikri"),
        ("AS", "as"),
        ("Økonomi, HR & lønn", "økonomi hr lønn"),
        ("360°", ""),
        ("—", ""),
    ],
)
def test_the_form_leaves_out_what_tells_no_two_names_apart(text: str, form: str) -> None:
    assert same_form(text) == form


def test_the_nearest_comes_first_and_ties_are_settled_by_text() -> None:
    choices = {"barnehageplass": "a", "barnehageplassen": "a", "barnehageplasser": "b"}
    near = known_names(choices).nearest("barnehagepplass", 50)
    assert [close.id for close in near] == ["a", "b"]
    assert near[0] == Close("a", "barnehageplass", 93.3)
    assert closest("barnehagepplass", choices, 80) == near[0]
    assert closest("barnehagepplass", choices, 95) is None
    # Two ids equally near: neither.
    assert closest("barnehagepplass", {"barnehageplass": "a", "barnehageplass ": "b"}, 80) is None


@given(st.permutations(["barnehageplass", "barnehageplan", "barnehageplaner", "skoleplass", "barnehagepris"]))
def test_the_order_of_the_names_does_not_matter(order: list[str]) -> None:
    choices = {text: text for text in order}
    assert [close.text for close in known_names(choices).nearest("barnehageplann", 40)] == [
        "barnehageplan",
        "barnehageplaner",
        "barnehageplass",
        "barnehagepris",
    ]


# The thresholds on the labelled names


@pytest.mark.parametrize(("concept", "text", "meant"), CASES)
def test_no_name_is_linked_to_what_it_does_not_mean(
    names: dict[str, ConceptNames], concept: str, text: str, meant: str | None
) -> None:
    naming = names[concept].look_up(text)
    assert naming.id in {meant, None}
    # What is put to a person is the right thing, where there is one.
    if meant is not None and naming.close is not None:
        assert naming.close.id == meant


def test_most_names_that_mean_something_are_linked_or_put_to_a_person(
    names: dict[str, ConceptNames],
) -> None:
    ways = [names[concept].look_up(text).how for concept, text, meant in CASES if meant is not None]
    assert len(ways) > 150
    assert ways.count("unknown") <= 3
    assert ways.count("review") / len(ways) < 0.3
    assert ways.count("likeness") > 20


def test_the_set_would_find_a_threshold_that_is_too_low(base: ReferencePack) -> None:
    low = concept_names(base, replace(load_contract().closeness, link=84.0))
    wrong = [text for concept, text, meant in CASES if low[concept].find(text) not in {meant, None}]
    assert {"Personalopplysninger", "Kontraktopplysninger", "Kommunekartet"} <= set(wrong)


def test_no_two_things_of_the_pack_are_near_each_other(
    base: ReferencePack, names: dict[str, ConceptNames]
) -> None:
    """Whatever a text is likened to, no other thing's name is so near that it had to be asked."""
    for concept, known in names.items():
        texts = known_names(known.exact)
        for text, target in base.concept_index(concept).items():
            near = texts.nearest(text, load_contract().closeness.link)
            assert {close.id for close in near} <= {target}, (concept, text)


def test_no_form_stands_for_two_things(base: ReferencePack) -> None:
    for concept in base.concepts:
        forms: dict[str, set[str]] = {}
        for text, target in base.concept_index(concept).items():
            forms.setdefault(same_form(text), set()).add(target)
        assert [form for form, ids in forms.items() if form and len(ids) > 1] == [], concept
