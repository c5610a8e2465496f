"""Every word of the app, Norwegian bokmål first, and how numbers are written.

Names and descriptions of indicators are not here: they come from the catalogue in the release.
"""

from __future__ import annotations

from typing import Literal

Language = Literal["nb", "en"]
LANGUAGES: dict[str, Language] = {"Norsk (bokmål)": "nb", "English": "en"}

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Kommunebench", "Kommunebench"),
    "language": ("Språk / Language", "Språk / Language"),
    "nav_overview": ("Oversikt", "Overview"),
    "nav_municipality": ("Én kommune", "One municipality"),
    "nav_deliveries": ("Leveranser", "Deliveries"),
    "nav_try_file": ("Prøv en fil", "Try a file"),
    "release": ("Utgivelse {release_id}", "Release {release_id}"),
    "no_release": (
        "Ingenting er publisert ennå. Kjør «make run» for eksempelet, eller «kommunebench run» for egne "
        "leveranser, og last siden på nytt.",
        "Nothing is published yet. Run “make run” for the example, or “kommunebench run” for your own "
        "deliveries, and load the page again.",
    ),
    "no_values": (
        "Utgivelsen har ingen verdier ennå. Se siden Leveranser for hva som er mottatt.",
        "The release has no values yet. See the page Deliveries for what was received.",
    ),
    "fictional": (
        "Kommunene her er fiktive, og svarene er oppdiktet for å vise hvordan løsningen virker.",
        "These municipalities are fictional, and their answers are invented to show how the product works.",
    ),
    "period": ("Periode", "Period"),
    "kind_of_municipality": ("Kommuner", "Municipalities"),
    "real": ("Virkelige", "Real"),
    "fictional_short": ("Fiktive", "Fictional"),
    "area": ("Område", "Area"),
    "indicator": ("Indikator", "Indicator"),
    "collection_mode": ("Svarmåte", "Way of answering"),
    "municipality": ("Kommune", "Municipality"),
    "overview_title": ("Slik står det til, etter størrelse", "How things stand, by municipality size"),
    "overview_lead": (
        "Hver prikk er en kommune. Den loddrette streken er medianen: halvparten av kommunene ligger på hver "
        "side.",
        "Each dot is a municipality. The vertical line is the median: half of the municipalities are on "
        "either side.",
    ),
    "table_same": ("Tallene bak figuren", "The numbers behind the chart"),
    "table_area": ("Medianer for hele området", "Medians for the whole area"),
    "table_area_lead": (
        "Median for hver størrelsesklasse, med antall kommuner i parentes. «–» betyr at ingen kommuner har "
        "en verdi.",
        "Median of each size class, with the number of municipalities in brackets. “–” means that no "
        "municipality has a value.",
    ),
    "without_value": ("Kommuner uten verdi", "Municipalities without a value"),
    "what_is_this": ("Hva måles?", "What is measured?"),
    "formula": ("Formel: {formula}", "Formula: {formula}"),
    "size_class": ("Størrelse", "Size"),
    "all_sizes": ("Alle", "All"),
    "size_unknown": ("Ukjent størrelse", "Unknown size"),
    "population_unknown": ("innbyggertall ukjent", "population unknown"),
    "small": ("Små (under 5 000)", "Small (under 5,000)"),
    "medium": ("Mellomstore (5 000–19 999)", "Medium (5,000–19,999)"),
    "large": ("Store (20 000 og flere)", "Large (20,000 and more)"),
    "median": ("Median", "Median"),
    "quartiles": ("Midterste halvdel", "Middle half"),
    "n_municipalities": ("Antall kommuner", "Number of municipalities"),
    "reason": ("Grunn", "Reason"),
    "count": ("Antall", "Count"),
    "value_range": ("Verdi (usikkerhet)", "Value (uncertainty)"),
    "population": ("{population} innbyggere ({year})", "{population} inhabitants ({year})"),
    "municipality_title": ("{name} mot kommuner av samme størrelse", "{name} against others of its size"),
    "municipality_lead": (
        "Den store prikken er kommunen, streken gjennom den viser usikkerheten. Grå prikker er andre "
        "kommuner i samme størrelsesklasse, og den loddrette streken er medianen.",
        "The large dot is the municipality, the line through it shows the uncertainty. Grey dots are other "
        "municipalities of the size class, and the vertical line is the median.",
    ),
    "position": ("Plassering", "Position"),
    "rank_of": ("nr.\u00a0{rank} av\u00a0{n}", "no. {rank} of {n}"),
    "better_than": ("bedre enn {percentile}\u00a0%", "better than {percentile} %"),
    "conclusion": ("Konklusjon", "Conclusion"),
    "above": ("Over midten", "Above the middle"),
    "below": ("Under midten", "Below the middle"),
    "across": ("Kan ikke skilles fra midten", "Cannot be told from the middle"),
    "unresolved": ("Uavklart: for mye er ubesvart", "Unresolved: too much is unanswered"),
    "next_title": ("Hva kan dere gjøre nå?", "What can you do next?"),
    "next_weak_lead": (
        "Her ligger kommunen svakere enn de andre i størrelsesklassen, størst avstand først:",
        "Here the municipality is weaker than the rest of its size class, the largest distance first:",
    ),
    "next_weak": (
        "**{indicator}** ({gap} fra medianen). {step} {teachers}",
        "**{indicator}** ({gap} from the median). {step} {teachers}",
    ),
    "next_teachers": ("Lær av {names}.", "Learn from {names}."),
    "next_more": ("I tillegg: {indicators}.", "Also: {indicators}."),
    "next_coverage": (
        "**Fyll inn flere svar**, så blir plasseringen sikrere: {indicators}.",
        "**Fill in more answers** to make the position certain: {indicators}.",
    ),
    "next_answered": ("{indicator} ({coverage} % besvart)", "{indicator} ({coverage} % answered)"),
    "next_missing": (
        "**Mangler fordi {reason}**: {indicators}.",
        "**Missing because {reason}**: {indicators}.",
    ),
    "next_nothing": (
        "Ingen indikatorer i dette området skiller seg negativt ut.",
        "No indicator in this area stands out as weak.",
    ),
    "next_neutral": (
        "Indikatorene her er verken gode eller dårlige i seg selv; bruk dem sammen med de andre områdene.",
        "These indicators are neither good nor bad in themselves; read them with the other areas.",
    ),
    "do_MOD_PU": (
        "Tegn de viktigste prosessene fra behovet oppstår til det er dekket, sammen med dem som gjør jobben.",
        "Draw the main processes from need to solution, with the people who do the work.",
    ),
    "do_MOD_PO": (
        "Utpek prosesseiere, og gi dem tid og mandat på tvers av enhetene.",
        "Appoint process owners, with time and a mandate across units.",
    ),
    "do_MOD_CS": (
        "Sett felles mål for prosesser som flere enheter deler.",
        "Set shared goals for processes that several units share.",
    ),
    "do_MOD_EN": (
        "Kartlegg prosessen før løsningen velges, og følg opp gevinsten etterpå.",
        "Map the process before choosing a solution, and follow up its benefits.",
    ),
    "do_PRO_OWN": (
        "Gi hver kjerneprosess en eier med navngitt rolle.",
        "Give every core process an owner by role.",
    ),
    "do_PRO_OWNX": (
        "Gi eierne av tverrgående prosesser mandat i alle enhetene prosessen går gjennom.",
        "Give owners of cross-unit processes a mandate in every unit the process passes through.",
    ),
    "do_PRO_XUN": (
        "Begynn med de tverrgående prosessene som ingen eier.",
        "Begin with the cross-unit processes that nobody owns.",
    ),
    "do_PRO_DOC": (
        "Gå gjennom beskrivelser som er eldre enn to år.",
        "Review descriptions that are more than two years old.",
    ),
    "do_PRO_MEAS": (
        "Velg ett mål for hver kjerneprosess, og bruk det i ledermøtet.",
        "Choose one measure for each core process, and use it in the management meeting.",
    ),
    "do_DUP_MULTI": (
        "Bestem hvilket system som er master for hvert dataobjekt, og slutt å vedlikeholde det andre steder.",
        "Decide which system is the master of each data object, and stop maintaining it elsewhere.",
    ),
    "do_DUP_UNC": (
        "Hent opplysningene fra master eller nasjonalt register i stedet for å registrere dem på nytt.",
        "Fetch the information from its master or a national register instead of entering it again.",
    ),
    "do_COV_SYS": (
        "Fyll ut dataobjektene for systemene som mangler dem.",
        "Fill in the data objects of the systems that lack them.",
    ),
    "do_COV_FUN": (
        "Marker hver kjernefunksjon som komplett eller «har ikke».",
        "Mark every core function as complete or “har ikke”.",
    ),
    "do_COV_PRO": (
        "Lever alle kjerneprosessene, eller svar «har ikke».",
        "Deliver every core process, or answer “har ikke”.",
    ),
    "deliveries_title": ("Leveranser", "Deliveries"),
    "deliveries_lead": (
        "Hva kommunene har sendt, hva som kom med, og hva som må rettes.",
        "What the municipalities have sent, what was accepted, and what needs mending.",
    ),
    "only_findings": ("Vis bare leveranser med funn", "Show only deliveries with findings"),
    "all_municipalities": ("Alle kommuner", "All municipalities"),
    "kind": ("Type", "Kind"),
    "file": ("Fil", "File"),
    "status": ("Status", "Status"),
    "counting": ("Gjelder", "Counts"),
    "rows_received": ("Rader mottatt", "Rows received"),
    "rows_accepted": ("Godtatt", "Accepted"),
    "rows_quarantined": ("Satt til side", "Set aside"),
    "n_findings": ("Funn", "Findings"),
    "choose_delivery": ("Velg en leveranse for å se funnene", "Choose a delivery to see its findings"),
    "no_findings": ("Ingen funn: alt ble godtatt.", "No findings: everything was accepted."),
    "no_deliveries": ("Ingen leveranser passer til valget.", "No delivery fits the choice."),
    "row": ("Ark og rad", "Sheet and row"),
    "and_more": (" og {count} til", " and {count} more"),
    "column": ("Kolonne", "Column"),
    "found": ("Innhold", "Content"),
    "what_to_do": ("Hva er galt, og hva kan gjøres", "What is wrong, and what to do"),
    "severity": ("Følge", "Consequence"),
    "yes": ("ja", "yes"),
    "no": ("nei", "no"),
    "family_MOD": ("Modenhet", "Maturity"),
    "family_PRO": ("Prosesser", "Processes"),
    "family_DUP": ("Dobbeltregistrering", "Duplicated data"),
    "family_COV": ("Dekning", "Coverage"),
    "family_BAR": ("Barrierer", "Barriers"),
    "family_INI": ("Tiltak", "Initiatives"),
    "family_ONCE": ("Gjeninnhenting", "Asked for again"),
    "family_REG": ("Registerbruk", "Register use"),
    "family_NAT": ("Nasjonale fellesløsninger", "National shared services"),
    "family_FUN": ("Funksjoner", "Functions"),
    "family_INT": ("Utvekslinger", "Exchanges"),
    "family_SILO": ("Siloer", "Silos"),
    "family_TIME": ("Systemenes egnethet", "The systems' fitness"),
    "family_SYS": ("Systemer", "Systems"),
    "family_KEY": ("Nøkkelpersoner", "Key persons"),
    "family_SBO": ("Eierne samlet", "The owners together"),
    "mode_respondents": ("Spørreundersøkelse", "Survey"),
    "mode_official": ("Ett offisielt svar", "One official answer"),
    "mode_register": ("Kartlegging", "Inventory"),
    "kind_survey": ("Spørreundersøkelse", "Survey"),
    "kind_processes": ("Prosesser", "Processes"),
    "kind_systems": ("Systemer", "Systems"),
    "kind_all": ("Alle arkene", "All sheets"),
    "kind_unknown": ("Ukjent", "Unknown"),
    "status_accepted": ("Godtatt", "Accepted"),
    "status_partly_accepted": ("Delvis godtatt", "Partly accepted"),
    "status_rejected": ("Avvist", "Rejected"),
    "status_conflict": ("Konflikt", "Conflict"),
    "status_withdrawn": ("Trukket", "Withdrawn"),
    "severity_rejected": ("Hele leveransen er avvist", "The whole delivery is rejected"),
    "severity_quarantine": ("Raden er satt til side", "The row is set aside"),
    "severity_cell": ("Cellen teller som ubesvart", "The cell counts as unanswered"),
    "severity_warning": ("Til orientering", "For information"),
    "severity_masked": ("Personopplysning er fjernet", "Personal data was removed"),
    "reason_not_applicable": ("gjelder ikke", "does not apply"),
    "reason_not_delivered": ("ikke levert", "not delivered"),
    "reason_rejected": ("leveransen ble avvist", "the delivery was rejected"),
    "reason_break_in_series": ("brudd i tidsserien", "break in the series"),
    "reason_too_few_respondents": ("for få som svarte", "too few respondents"),
    "reason_insufficient_coverage": ("for lite er besvart", "too little is answered"),
    "reason_no_denominator": ("ingenting å måle på", "nothing to measure"),
    "reason_suppressed": ("skjult av hensyn til personvern", "hidden to protect people"),
    "unit_points": ("poeng (0–100)", "points (0–100)"),
    "unit_percent": ("prosent", "per cent"),
    "unit_level": ("nivå (1–5)", "level (1–5)"),
    "unit_count": ("antall", "count"),
    "unit_fraction": ("andel (0–1)", "fraction (0–1)"),
    "better_up": ("Høyere er bedre", "Higher is better"),
    "better_down": ("Lavere er bedre", "Lower is better"),
    "better_near_zero": ("Nærmest 0 er best", "Nearest to 0 is best"),
    "better_neutral": (
        "Verken høyt eller lavt er bedre i seg selv",
        "Neither high nor low is better in itself",
    ),
    "try_title": ("Prøv en fil før dere sender den", "Try a file before you send it"),
    "try_lead": (
        "Last opp filen, så sier siden hva som kan tas i bruk, og hva som må rettes. Ingenting lagres: filen "
        "slettes når den er prøvd.",
        "Upload the file, and the page says what can be used and what has to be mended. Nothing is stored: "
        "the file is deleted once it is tried.",
    ),
    "try_file": ("Fil", "File"),
    "try_file_help": (
        "Høyst {megabytes} MB. Excel (xlsx, xlsm, xls), OpenDocument (ods), tekst (csv, tsv, txt) eller "
        "Parquet.",
        "At most {megabytes} MB. Excel (xlsx, xlsm, xls), OpenDocument (ods), text (csv, tsv, txt) or "
        "Parquet.",
    ),
    "try_choose": ("Velg fil", "Choose a file"),
    "try_drop": ("Slipp filen her", "Drop the file here"),
    "try_number": ("Kommunenummer", "Municipality number"),
    "try_run": ("Prøv filen", "Try the file"),
    "try_running": ("Leser og kontrollerer filen …", "Reading and checking the file …"),
    "try_no_file": ("Velg en fil først.", "Choose a file first."),
    "try_no_number": (
        "Skriv kommunenummeret med fire siffer, for eksempel 0301.",
        "Write the municipality number with four digits, such as 0301.",
    ),
    "try_no_period": ("Skriv perioden, for eksempel 2026.", "Write the period, such as 2026."),
    "try_failed": (
        "Filen kunne ikke prøves. Det er ikke nødvendigvis noe galt med den.",
        "The file could not be tried. There need not be anything wrong with it.",
    ),
    "try_timeout": (
        "Det tok mer enn {seconds} sekunder. Prøv igjen, eller del filen opp.",
        "It took more than {seconds} seconds. Try again, or split the file.",
    ),
    "try_result": ("Resultat", "Result"),
    "try_findings": ("Dette fant vi", "What we found"),
    "try_coverage": ("Svarene som hever dekningen mest", "The answers that raise coverage most"),
    "try_alone": (
        "Filen er prøvd alene. Rader som viser til systemer eller prosesser i en annen fil, kan bli godtatt "
        "når begge filene er sendt.",
        "The file was tried alone. Rows that refer to systems or processes in another file may be accepted "
        "once both files are sent.",
    ),
    "try_report": ("Last ned rapporten (HTML)", "Download the report (HTML)"),
    "try_marked": ("Last ned filen med merkede celler", "Download the file with marked cells"),
    "try_marked_help": (
        "Rett cellene som er merket med farge, lagre filen og send den inn.",
        "Mend the cells that are marked with colour, save the file and send it.",
    ),
    "try_mapping": ("Last ned forslag til mapping.yml", "Download the proposed mapping.yml"),
    "try_time": ("Brukte {seconds} sekunder.", "It took {seconds} seconds."),
    "chart_overview": (
        "Prikkdiagram: {indicator}, en prikk for hver kommune, delt etter størrelse, med median.",
        "Dot plot: {indicator}, a dot for each municipality, by size, with the median.",
    ),
    "chart_municipality": (
        "Prikkdiagram: {name} sammenlignet med kommuner av samme størrelse, en linje for hver indikator.",
        "Dot plot: {name} compared with municipalities of its size, one line for each indicator.",
    ),
}

DECIMALS = {"points": 0, "percent": 0, "level": 0, "count": 2, "fraction": 2}


def text(key: str, language: Language, **values: object) -> str:
    """The sentence behind a key in the language asked for; raises KeyError for an unknown key."""
    nb, en = TEXTS[key]
    return (nb if language == "nb" else en).format(**values)


def advice(indicator_id: str, language: Language) -> str:
    """The first step towards a better value; empty for an indicator without one of its own."""
    key = f"do_{indicator_id}"
    return text(key, language) if key in TEXTS else ""


def number(value: float | None, unit: str, language: Language) -> str:
    """A value as people write it: decimal comma in Norwegian, ``–`` when there is none."""
    return "–" if value is None else grouped(value, language, DECIMALS[unit])


def grouped(value: float, language: Language, decimals: int = 0) -> str:
    """A number with thousands told apart: a no-break space in Norwegian, a comma in English."""
    written = f"{value:,.{decimals}f}"
    if written.strip("-0.,") == "":
        written = written.removeprefix("-")
    if language == "en":
        return written
    return written.translate(str.maketrans(",.-", "\u00a0,\u2212"))
