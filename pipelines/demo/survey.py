"""Survey answers: each respondent stands near the municipality's hidden maturity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipelines.demo.catalogue import Catalogue, Item, Moment
from pipelines.demo.dice import Dice
from pipelines.demo.municipalities import Municipality
from pipelines.demo.tables import Cell, Row, Table

BLANK, DONT_KNOW, NOT_RELEVANT = 0, -1, -2
# What the study found: ownership is weakest, then process understanding and the follow-up of benefits;
# people work together informally.
LEANING = {
    "PU": -0.06, "PO": -0.14, "CS": 0.02, "EN": -0.09,
    "P1": 0.0, "P2": -0.10, "P3": 0.08, "P4": 0.12, "P5": 0.06,
}  # fmt: skip
BARRIER = "BAR"
# Too little time and people, and resistance to change, weigh most; rules and national guidance least.
BARRIER_LEANING = {
    "BAR_1": 0.16, "BAR_2": 0.12, "BAR_10": 0.10, "BAR_12": 0.02, "BAR_5": -0.10,
    "BAR_6": -0.06, "BAR_7": -0.14,
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """An item as one municipality tends to answer it; level 0-1 before the person's own leaning."""

    item: Item
    level: float
    cells: dict[int, Cell]


def questions(
    municipality: Municipality, moment: Moment, catalogue: Catalogue, *, labels: bool
) -> list[Question]:
    """The period's items with the municipality's level and the cell for every answer."""
    maturity = municipality.maturity_at(moment.years)
    return [
        Question(item, _level(municipality, item, maturity), _cells(item, catalogue, labels))
        for item in moment.items
    ]


def _level(municipality: Municipality, item: Item, maturity: float) -> float:
    # Some questions are harder for everybody, and each municipality has its own strong points.
    hard = 0.16 * (Dice("item", item.item_id).unit() - 0.5)
    own = 0.04 * municipality.dice("item", item.item_id).around_zero()
    if item.dimension_id == BARRIER:
        level = 0.68 - 0.45 * maturity + BARRIER_LEANING.get(item.item_id, 0.0) + hard / 2 + own
    else:
        level = 0.08 + maturity + LEANING.get(item.dimension_id, 0.0) + hard + own
    return 1 - level if item.is_reversed else level


def _cells(item: Item, catalogue: Catalogue, labels: bool) -> dict[int, Cell]:
    scale = item.scale_id
    values = range(1, item.points + 1)
    cells: dict[int, Cell] = {value: catalogue.labels[scale, value] if labels else value for value in values}
    cells[BLANK] = None
    cells[DONT_KNOW] = catalogue.labels[scale, "dont_know"]
    cells[NOT_RELEVANT] = catalogue.labels[scale, "not_relevant"]
    return cells


def answers(asked: Sequence[Question], dice: Dice) -> Row:
    """One respondent's answers; the hot loop of large sets, so it draws as little as it can."""
    unit = dice.unit
    person = 0.09 * dice.around_zero()
    silence = 0.01 + 0.10 * unit() ** 2
    row: Row = []
    for question in asked:
        draw = unit()
        if draw < silence:
            row.append(question.cells[_silent(draw / silence)])
            continue
        points = question.item.points
        leaning = -person if question.item.dimension_id == BARRIER else person
        wish = 1.5 + (points - 1) * (question.level + leaning + 0.5 * (unit() + unit() - 1))
        row.append(question.cells[min(points, max(1, int(wish)))])
    return row


def _silent(share: float) -> int:
    if share < 0.45:
        return DONT_KNOW
    return NOT_RELEVANT if share < 0.65 else BLANK


def survey_table(municipality: Municipality, moment: Moment, catalogue: Catalogue) -> Table:
    """One row per respondent, in the manner of the municipality's survey tool."""
    tool = municipality.survey_format
    asked = questions(municipality, moment, catalogue, labels=tool == "csv-cp1252")
    people = _Background(municipality, moment, catalogue)
    rows = [
        [*people.cells(number), *answers(asked, municipality.dice("answers", moment.period, number))]
        for number in range(1, municipality.respondents + 1)
    ]
    headers = [q.item.text if tool == "xlsx" else q.item.item_id for q in asked]
    return Table("Undersøkelse", [*people.headers, *headers], rows)


class _Background:
    """The columns before the answers: who, when, role group, focus areas, how many were invited."""

    def __init__(self, municipality: Municipality, moment: Moment, catalogue: Catalogue) -> None:
        self._municipality, self._moment, self._catalogue = municipality, moment, catalogue
        share = 0.4 + 0.4 * municipality.dice("invited", moment.period).unit()
        self._invited = round(municipality.respondents / share) + 1
        self._is_nettskjema = municipality.survey_format == "nettskjema"
        own = ["$submission_id", "$created"] if self._is_nettskjema else ["respondent_id"]
        invited = [] if self._is_nettskjema else ["antall_inviterte"]
        self.headers = [*own, "rollegruppe", "satsingsområde", *invited]

    def cells(self, number: int) -> Row:
        """The cells of the number-th respondent."""
        dice = self._municipality.dice("person", self._moment.period, number)
        # Most are ordinary employees: the later a group stands in the draw, the rarer it is.
        group: Cell = None if dice.chance(0.04) else dice.pick(self._catalogue.role_groups)
        count = 0 if dice.chance(0.06) else 2 if dice.chance(0.12) else 1
        areas = ";".join(dice.some(self._catalogue.focus_areas, count)) or None
        if self._is_nettskjema:
            return [*self._submission(number, dice), group, areas]
        return [number, group, areas, self._invited]

    def _submission(self, number: int, dice: Dice) -> Row:
        day = self._moment.reference_date - timedelta(days=dice.between(60, 90))
        clock = f"{dice.between(7, 17):02d}:{dice.between(0, 59):02d}:{dice.between(0, 59):02d}"
        return [410_000 + 3 * number, f"{day.isoformat()}T{clock}"]


def official_table(municipality: Municipality, moment: Moment, catalogue: Catalogue) -> Table:
    """The one official answer: a municipality number and one row."""
    asked = questions(municipality, moment, catalogue, labels=False)
    row = answers(asked, municipality.dice("official", moment.period))
    return Table(
        "Offisielle svar", ["kommunenummer", *(q.item.item_id for q in asked)], [[municipality.number, *row]]
    )
