"""Who delivers: invented municipalities with a size, a hidden maturity and habits of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.demo.dice import Dice
from pipelines.demo.names import KEY_ROLES, MOST_NAMES, municipality_name

FIRST_NUMBER = 9001
# 9901-9906 are the committed example's.
MOST_MUNICIPALITIES = min(MOST_NAMES, 9900 - FIRST_NUMBER + 1)
KINDS = ("survey", "processes", "systems")
_MUNICIPALITY_COLUMNS = (
    *("municipality_number", "name", "first_year", "county_number", "county_name", "kostra_group"),
    *("centrality_class", "area_km2", "latitude", "longitude", "is_fictional"),
)
KOSTRA = tuple(f"EKG{number:02d}" for number in range(1, 18))

# As in Norway: about half have fewer than 5 000 inhabitants, a tenth or so are large.
SIZES = ("small", "medium", "small", "medium", "small", "large", "small", "medium")
POPULATIONS = {"small": (750, 4_950), "medium": (5_100, 19_500), "large": (20_500, 120_000)}
RESPONDENTS_BY_SIZE = {"small": 0.7, "medium": 1.0, "large": 1.4}
YEARLY_GROWTH = 0.035

RegisterFormat = Literal["xlsx", "csv-cp1252", "csv-utf8"]
SurveyFormat = Literal["xlsx", "csv-cp1252", "nettskjema"]
REGISTER_FORMATS: tuple[RegisterFormat, ...] = ("xlsx", "csv-cp1252", "csv-utf8")
SURVEY_FORMATS: tuple[SurveyFormat, ...] = ("nettskjema", "csv-cp1252", "xlsx")


@dataclass(frozen=True)
class Municipality:
    """One sender.

    seed: of the whole set; maturity: hidden, 0-1, at the end of 2023, grows each year; respondents: how
    many answer; kinds: what it delivers; thin: the kinds in which it leaves much out; is_flat: its
    systems table carries the objects instead of a sheet of their own.
    """

    seed: int
    number: str
    name: str
    population: int
    size_class: str
    maturity: float
    respondents: int
    register_format: RegisterFormat
    survey_format: SurveyFormat
    kinds: tuple[str, ...] = KINDS
    thin: frozenset[str] = frozenset()
    is_flat: bool = False

    def dice(self, *key: object) -> Dice:
        """Draws that belong to this municipality and the thing named."""
        return Dice(self.seed, self.number, *key)

    def role(self, dice: Dice, roles: Sequence[str]) -> str:
        """Who answers for a thing: often one and the same, more so the smaller the municipality."""
        share = {"small": 0.34, "medium": 0.24, "large": 0.15}[self.size_class]
        # The draws of what comes after do not depend on the share.
        is_key, place = dice.chance(share), dice.unit()
        own = self.dice("roles").some(roles, 12)
        usual = [role for role in roles if role in KEY_ROLES] or own
        return self.dice("key role").pick(usual) if is_key else own[int(place * len(own))]

    def maturity_at(self, years: float) -> float:
        """The hidden maturity that many years after the start of 2024."""
        return min(0.95, max(0.05, self.maturity + YEARLY_GROWTH * years))


def invent(count: int, respondents: int, seed: int) -> list[Municipality]:
    """``count`` municipalities from number 9001 on, of every size class from eight on.

    Raises ValueError outside 1 to ``MOST_MUNICIPALITIES``, and for less than one respondent.
    """
    if not 1 <= count <= MOST_MUNICIPALITIES:
        raise ValueError(
            f"between 1 and {MOST_MUNICIPALITIES} municipalities can be invented, asked for {count}"
        )
    if respondents < 1:
        raise ValueError(f"at least 1 respondent is needed, asked for {respondents}")
    return [_invent_one(index, respondents, seed) for index in range(count)]


def _invent_one(index: int, respondents: int, seed: int) -> Municipality:
    number = str(FIRST_NUMBER + index)
    dice = Dice(seed, number, "municipality")
    size = SIZES[index % len(SIZES)]
    low, high = POPULATIONS[size]
    population = low + int((high - low) * dice.unit() ** 2)
    # Bigger is a little more mature; the spread within a size class is wider than between them.
    maturity = 0.36 + 0.05 * math.log10(population / 5_000) + 0.09 * dice.around_zero()
    answering = max(6, round(respondents * RESPONDENTS_BY_SIZE[size] * (0.75 + 0.5 * dice.unit())))
    return Municipality(
        seed=seed,
        number=number,
        name=municipality_name(index),
        population=population,
        size_class=size,
        maturity=round(maturity, 4),
        respondents=3 if index % 15 == 9 else answering,
        register_format=REGISTER_FORMATS[index % 3],
        survey_format=SURVEY_FORMATS[(index + index // 3) % 3],
        kinds=_kinds(index),
        thin=frozenset(kind for kind, place in (("processes", 4), ("systems", 8)) if index % 11 == place),
        is_flat=index % 17 == 6,
    )


def _kinds(index: int) -> tuple[str, ...]:
    """Most deliver everything; some leave one kind out, a few only answer the survey."""
    left_out = {3: ("systems",), 7: ("survey",), 12: ("processes", "systems"), 18: ("processes",)}
    return tuple(kind for kind in KINDS if kind not in left_out.get(index % 23, ()))


def overlay_rows(
    municipalities: Sequence[Municipality], periods: Sequence[str], years: Sequence[int]
) -> dict[str, list[list[object]]]:
    """The overlay pack's tables, each with its header row first.

    years: those that get a population, the first being the municipality's own; it changes by up to one
    and a half percent a year.
    """
    people: list[list[object]] = [["municipality_number", "year", "population"]]
    places: list[list[object]] = [
        [*_MUNICIPALITY_COLUMNS],
    ]
    for one in municipalities:
        dice = one.dice("overlay")
        centrality = {"small": (4, 6), "medium": (3, 5), "large": (1, 3)}[one.size_class]
        places.append(
            [
                *(one.number, one.name, "", "90", "Fugleland", dice.pick(KOSTRA)),
                *(dice.between(*centrality), dice.between(800, 19_000) / 10, "", "", "true"),
            ]
        )
        yearly = dice.between(-10, 15)
        people += [
            [one.number, year, one.population + one.population * yearly * (year - years[0]) // 1000]
            for year in years
        ]
    participants: list[list[object]] = [["municipality_number", "period"]]
    participants += [[one.number, period] for period in periods for one in municipalities]
    return {"municipality": places, "population": people, "participant": participants}
