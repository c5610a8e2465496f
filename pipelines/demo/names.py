"""Invented names: municipalities, units, vendors. Pure data and arithmetic, nothing is drawn here.

A municipality's name is a bird or a plant and a landform. No Norwegian municipality is or was named
so; the tests compare with the reference pack's present and former names.
"""

from __future__ import annotations

LIVING = (
    "Linerle", "Blåveis", "Steinskvett", "Tiriltunge", "Blåmeis", "Smørbukk", "Gulspurv", "Fjellfiol",
    "Bokfink", "Røsslyng", "Dompap", "Tyttebær", "Nøtteskrike", "Hvitveis", "Spettmeis", "Krekling",
    "Sandlo", "Blokkebær", "Heilo", "Einstape", "Brushane", "Skogstjerne", "Storspove", "Prestekrage",
    "Myrsnipe", "Blåklokke", "Lomvi", "Solsikke", "Havsule", "Gaukesyre", "Rødstrupe", "Marikåpe",
    "Krykkje", "Reinrose", "Fossekall", "Issoleie", "Strandsnipe", "Kattefot", "Rørsanger", "Burkne",
    "Grankorsnebb", "Vendelrot",
)  # fmt: skip
LANDFORMS = ("vik", "dal", "nes", "heim", "øy", "sund", "fjord", "mo", "li", "vang", "haug", "bygd")
MOST_NAMES = len(LIVING) * len(LANDFORMS)

VENDORS = (
    "Fjordblikk",
    "Tindesys",
    "Viddedata",
    "Brekode",
    "Skjærgård IKT",
    "Lyngsoft",
    "Rimfakta",
    "Elvelogikk",
)

UNITS = (
    "Helse og mestring", "Hjemmetjenesten", "Oppvekst", "Skole", "Barnehage", "Plan og byggesak",
    "Teknisk drift", "Økonomi", "HR og lønn", "Innbyggertorget", "Dokumentsenteret", "Kultur og fritid",
)  # fmt: skip

# Those on whom much rests in a municipality of few hands.
KEY_ROLES = frozenset({
    "Avdelingsleder", "Digitaliseringsleder", "Enhetsleder", "IKT-leder", "Kommunalsjef", "Systemansvarlig",
})  # fmt: skip

LOCAL_PROCESSES = (
    "Tildeling av båtplass", "Utlån av kulturhus", "Skjenkekontroll", "Leie av gymsal",
    "Utleie av kommunal hytte", "Søknad om kulturmidler", "Frivilligsentralens vaktliste",
)  # fmt: skip
LOCAL_OBJECTS = ("Båtplasser", "Skjenkebevillinger", "Utlånsnøkler")

INITIATIVES = (
    "Felles innbyggerportal", "Digital byggesak", "Nytt fagsystem for helse",
    "Elektronisk arkiv i alle enheter", "Velferdsteknologi i hjemmet", "Robot for fakturamottak",
    "Digital barnehagesøknad", "Felles kundesenter", "Automatisk henting av inntekt",
    "Nytt lønns- og personalsystem", "Selvbetjening for byggesak", "Felles tilgangsstyring",
)  # fmt: skip
GOALS = ("kortere saksbehandlingstid", "færre manuelle registreringer", "bedre oversikt for innbyggerne", "")


def municipality_name(index: int) -> str:
    """The index-th invented name (0-based), unique up to ``MOST_NAMES``.

    The landform shifts by one each round and each step, which meets every pair once because the
    number of living things plus one shares no factor with the number of landforms.
    """
    if not 0 <= index < MOST_NAMES:
        raise ValueError(f"there are {MOST_NAMES} invented municipality names, asked for number {index + 1}")
    living = LIVING[index % len(LIVING)]
    return living + LANDFORMS[(index + index // len(LIVING)) % len(LANDFORMS)]


# Words that say nothing about what a system is for.
_FILLERS = frozenset({"digitalt", "elektroniske", "kommunale", "sosiale"})


def topic_of(name: str) -> str:
    """The word a system is called after: 'Kommunale gebyrer og …' gives 'Gebyrer'."""
    words = name.replace(",", " ").replace("/", " ").replace("- ", " ").split()
    telling = [word for word in words if word.lower() not in _FILLERS]
    return telling[0][0].upper() + telling[0][1:]
