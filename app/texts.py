"""Every word of the app, Norwegian bokmål first, and how numbers are written.

Names and descriptions of indicators are not here: they come from the catalogue in the release.
"""

from __future__ import annotations

from typing import Literal

Language = Literal["nb", "en"]
LANGUAGES: dict[str, Language] = {"Norsk (bokmål)": "nb", "English": "en"}

# Families that are too small for a choice of their own are shown with those they belong to.
AREA_OF = {
    "INI": "PRO",
    "ONCE": "DUP",
    "REG": "DUP",
    "INT": "DUP",
    "SILO": "DUP",
    "NAT": "FUN",
    "TIME": "FUN",
    "SYS": "FUN",
    "KEY": "FUN",
}

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Kommunebench", "Kommunebench"),
    "language": ("Språk / Language", "Språk / Language"),
    "nav_overview": ("Oversikt", "Overview"),
    "nav_municipality": ("Én kommune", "One municipality"),
    "nav_findings": ("Funn", "Findings"),
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
    "overview_title": ("Slik står det til", "How things stand"),
    "overview_lead": (
        "Hver prikk er en kommune. Den loddrette streken er medianen: halvparten av kommunene ligger på hver "
        "side. Der minst åtte kommuner har en verdi, viser feltet den midterste halvdelen.",
        "Each dot is a municipality. The vertical line is the median: half of the municipalities are on "
        "either side. Where at least eight have a value, the band shows the middle half.",
    ),
    "group": ("Sammenlign med", "Compare with"),
    "group_owners": ("Eierne", "The owners"),
    "group_size_class": ("Samme størrelse", "Same size"),
    "group_kostra_group": ("KOSTRA-gruppe", "KOSTRA group"),
    "group_nearest": ("Nærmeste naboer", "Nearest neighbours"),
    "group_county": ("Fylket", "The county"),
    "group_centrality": ("Samme sentralitet", "Same centrality"),
    "group_all": ("Alle kommuner", "All municipalities"),
    "group_none": ("Uten kjent gruppe", "Without a known group"),
    "nearest_of": ("Nærmeste naboer til {name}", "Nearest neighbours of {name}"),
    "centrality_class": ("Sentralitetsklasse {code}", "Centrality class {code}"),
    "compared_with": ("Sammenlignet med: {group}.", "Compared with: {group}."),
    "ranked": ("Kommunene i gruppen", "The municipalities of the group"),
    "rank_lead": (
        "Plasseringen bruker den minst gunstige verdien der noe er ubesvart.",
        "The position uses the least favourable value where something is unanswered.",
    ),
    "neighbours": ("Naboene og avstanden til dem", "The neighbours and how far they are"),
    "neighbours_lead": (
        "Naboene ligner mest i folketall, areal og sentralitet. Jo større avstand, desto mindre like er de.",
        "The neighbours are most alike in population, area and centrality. The larger the distance, the less "
        "alike they are.",
    ),
    "distance": ("Avstand", "Distance"),
    "inhabitants": ("Innbyggere", "Inhabitants"),
    "stable_none": (
        "Konklusjonen ser på medianen av de andre i gruppen. Det er for få kommuner til å si om den er "
        "stabil.",
        "The conclusion looks at the median of the others in the group. There are too few municipalities to "
        "tell whether it is stable.",
    ),
    "nothing_in_cut": (
        "Ingen indikatorer i dette området kan deles på satsingsområder.",
        "No indicator in this area can be cut by focus area.",
    ),
    "value": ("Verdi", "Value"),
    "focus_area": ("Satsingsområde", "Focus area"),
    "focus_all": ("Hele kommunen", "The whole municipality"),
    "focus_lead": (
        "For ett satsingsområde vises bare verdiene. Median, plassering, konklusjon og endring regnes for "
        "hele kommunen.",
        "For one focus area only the values are shown. Median, position, conclusion and change are worked "
        "out for the whole municipality.",
    ),
    "change": ("Endring", "Change"),
    "change_up": ("Økt med {change}{interval} siden {period}", "Up by {change}{interval} since {period}"),
    "change_down": (
        "Gått ned med {change}{interval} siden {period}",
        "Down by {change}{interval} since {period}",
    ),
    "change_unsure": (
        "Ingen sikker endring siden {period}{interval}",
        "No certain change since {period}{interval}",
    ),
    "change_interval": (" ({low} til {high})", " ({low} to {high})"),
    "change_none": ("Uendret siden {period}", "Unchanged since {period}"),
    "change_unknown_up": (
        "{change} høyere enn i {period}, usikkerheten er ukjent",
        "{change} higher than in {period}, uncertainty unknown",
    ),
    "change_unknown_down": (
        "{change} lavere enn i {period}, usikkerheten er ukjent",
        "{change} lower than in {period}, uncertainty unknown",
    ),
    "change_break": ("Brudd i tidsserien", "Break in the series"),
    "change_first": ("Ingen tidligere verdi", "No earlier value"),
    "stable": ("stabil", "stable"),
    "unstable": ("ulikt i ulike grupper", "differs between groups"),
    "stable_unknown": ("for få til å si om den er stabil", "too few to tell whether it is stable"),
    "stable_lead": (
        "Konklusjonen ser på medianen av de andre i gruppen. Den er stabil når størrelsesklassen, "
        "KOSTRA-gruppen og de nærmeste naboene gir samme svar.",
        "The conclusion looks at the median of the others in the group. It is stable when the size class, "
        "the KOSTRA group and the nearest neighbours give the same answer.",
    ),
    "table_same": ("Tallene bak figuren", "The numbers behind the chart"),
    "table_area": ("Medianer for hele området", "Medians for the whole area"),
    "table_area_lead": (
        "Median for hver gruppe, med antall kommuner i parentes. «–» betyr at ingen kommuner har en verdi.",
        "Median of each group, with the number of municipalities in brackets. “–” means that no municipality "
        "has a value.",
    ),
    "without_value": ("Kommuner uten verdi", "Municipalities without a value"),
    "what_is_this": ("Hva måles?", "What is measured?"),
    "formula": ("Formel: {formula}", "Formula: {formula}"),
    "peer_group": ("Gruppe", "Group"),
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
    "municipality_title": ("{name} mot andre kommuner", "{name} against others"),
    "municipality_lead": (
        "Den store prikken er kommunen, streken gjennom den viser usikkerheten. Grå prikker er de andre i "
        "gruppen. Den loddrette streken er medianen av de andre, uten kommunen selv, og ruten ◇ er målet. "
        "Feltet er den midterste halvdelen av hele gruppen når minst åtte har en verdi.",
        "The large dot is the municipality, the line through it shows the uncertainty. Grey dots are the "
        "others of the group. The vertical line is the median of the others, without the municipality "
        "itself, and the diamond ◇ is the target. The band is the middle half of the whole group when at "
        "least eight have a value.",
    ),
    "position": ("Plassering", "Position"),
    "rank_of": ("nr.\u00a0{rank} av\u00a0{n}", "no.\u00a0{rank} of\u00a0{n}"),
    "better_than": ("bedre enn {percentile}\u00a0%", "better than {percentile} %"),
    "conclusion": ("Konklusjon", "Conclusion"),
    "above": ("Over midten", "Above the middle"),
    "below": ("Under midten", "Below the middle"),
    "across": ("Kan ikke skilles fra midten", "Cannot be told from the middle"),
    "unresolved": ("Uavklart: for mye er ubesvart", "Unresolved: too much is unanswered"),
    "next_title": ("Hva kan dere gjøre nå?", "What can you do next?"),
    "next_weak_lead": (
        "Her ligger kommunen svakere enn de andre i gruppen, størst avstand først:",
        "Here the municipality is weaker than the rest of the group, the largest distance first:",
    ),
    "next_weak": (
        "**{indicator}**{gap}. {step} {teachers}",
        "**{indicator}**{gap}. {step} {teachers}",
    ),
    "next_gap": (" ({gap} fra de andres median)", " ({gap} from the median of the others)"),
    "position_hidden": (
        "Der en i gruppen er skjult av hensyn til personvern, vises verken plassering, de andres median "
        "eller konklusjon.",
        "Where one of the group is hidden to protect people, neither the place, the median of the others nor "
        "the conclusion is shown.",
    ),
    "next_teachers": (
        "Lær av {names}: sikkert bedre.",
        "Learn from {names}: surely better.",
    ),
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
        "Ingen indikatorer i dette området ligger sikkert svakere enn medianen av de andre.",
        "No indicator in this area is surely weaker than the median of the others.",
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
        "Slutt å vedlikeholde dataobjektene utenfor det nasjonale registeret eller systemet som er master.",
        "Stop maintaining data objects outside the national register or the system that is the master.",
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
    "do_MOD_P1": (
        "Velg én livshendelse, og gå gjennom tjenestene sammen med innbyggere som nylig har vært i den.",
        "Choose one life event, and go through its services with inhabitants who have just been in it.",
    ),
    "do_MOD_P2": (
        "Begynn med ett register som mange slår opp i for hånd, og koble det til fagsystemet.",
        "Begin with one register that many look up by hand, and connect it to the system they work in.",
    ),
    "do_MOD_P3": (
        "Spør lederne hvilke digitale oppgaver som er vanskelige, og legg opplæringen der.",
        "Ask managers which digital tasks are hard, and put the training there.",
    ),
    "do_MOD_P4": (
        "Ta opp ett felles behov med de andre eierne før noen kjøper alene.",
        "Raise one shared need with the other owners before anybody buys alone.",
    ),
    "do_MOD_P5": (
        "Sett av en dag til å bringe behandlingsprotokollen à jour, system for system.",
        "Set a day aside to bring the record of processing up to date, system by system.",
    ),
    "do_PRO_SELF": (
        "Velg innbyggertjenesten med flest saker, og tilby den på nett først.",
        "Choose the service with the most cases, and offer it online first.",
    ),
    "do_PRO_GAP": (
        "Vis de ansatte hvem som eier prosessene, eller skriv ned eierskap som bare finnes i praksis.",
        "Show staff who owns the processes, or write down ownership that exists only in practice.",
    ),
    "do_INI_MAP": (
        "Krev et prosesskart før neste tiltak får penger.",
        "Ask for a process map before the next initiative gets money.",
    ),
    "do_INI_OWN": (
        "Skriv én ansvarlig rolle på hvert tiltak i porteføljen.",
        "Put one responsible role on every initiative in the portfolio.",
    ),
    "do_INI_BEN": (
        "Bli enige om hva gevinsten skal måles på, før tiltaket starter.",
        "Agree on what the benefit is measured by before the initiative starts.",
    ),
    "do_DUP_SOR": (
        "La det nasjonale registeret være master der det finnes, og utpek ett system som master for de andre "
        "dataobjektene.",
        "Let the national register be the master where there is one, and appoint one system as the master "
        "of the other data objects.",
    ),
    "do_ONCE_GAP": (
        "Ta arbeidslisten på siden Funn ovenfra, og hent opplysningen fra registeret i stedet for å spørre.",
        "Work down the list on the page Findings, and fetch from the register instead of asking.",
    ),
    "do_REG_USE": (
        "Be leverandøren av systemet med flest oppslag om en automatisk kobling til registeret.",
        "Ask the vendor of the most used system for an automatic connection to the register.",
    ),
    "do_NAT_USE": (
        "Velg én fellesløsning som mangler, og avtal innføringen med en eier som bruker den.",
        "Choose one shared service that is missing, and plan it with an owner who uses it.",
    ),
    "do_FUN_OVL": (
        "Sammenlign systemene som gjør samme jobb, og fas ut det med kontrakten som går ut først.",
        "Compare the systems that do the same job, and phase out the one whose contract ends first.",
    ),
    "do_SILO_OBJ": (
        "Finn områdene som deler dataobjekter, på siden Funn, og avtal én automatisk utveksling mellom dem.",
        "Find areas that share data objects on the page Findings, and agree on one exchange between them.",
    ),
    "do_TIME_E": (
        "Lag en plan for utfasing av systemene som er svake både i bruk og teknisk.",
        "Plan the phasing out of the systems that are weak both in use and technically.",
    ),
    "do_SYS_ROS": (
        "Ta risikovurderingene i rekkefølge etter hvor følsomme opplysninger systemet har.",
        "Take the risk assessments in order of how sensitive the system's information is.",
    ),
    "do_KEY1": (
        "Del oppgavene til den mest belastede rollen med en stedfortreder eller en annen eier.",
        "Share the tasks of the most loaded role with a deputy or another owner.",
    ),
    "do_BAR_1": (
        "Legg bort tiltak med liten nytte, så de viktigste får tid.",
        "Put aside initiatives of little use, so that the main ones get time.",
    ),
    "do_BAR_2": (
        "Frigi en fast dag i uken for én person, eller del en stilling med en nabokommune.",
        "Free a fixed day a week for one person, or share a position with a neighbour.",
    ),
    "do_BAR_3": (
        "Kartlegg hvilken kompetanse som mangler, og lån den fra kompetansenettverket.",
        "Find out which skills are missing, and borrow them from the competence network.",
    ),
    "do_BAR_4": (
        "Se etter systemer som gjør samme jobb, før budsjettet økes.",
        "Look for systems that do the same job before the budget grows.",
    ),
    "do_BAR_5": (
        "Ta innkjøp med i planleggingen tidlig, og kjøp sammen med de andre eierne.",
        "Bring procurement into the planning early, and buy with the other owners.",
    ),
    "do_BAR_6": (
        "La personvernombudet være med fra første møte, ikke til slutt.",
        "Have the data protection officer there from the first meeting, not at the end.",
    ),
    "do_BAR_7": (
        "Samle uklare føringer, og ta dem opp samlet gjennom samarbeidet.",
        "Collect unclear guidelines, and raise them together through the cooperation.",
    ),
    "do_BAR_8": (
        "Velg én tverrgående prosess, og gi én leder ansvar for hele.",
        "Choose one cross-unit process, and make one manager responsible for all of it.",
    ),
    "do_BAR_9": (
        "Skriv krav om åpne grensesnitt og uttak av data i neste kontrakt.",
        "Ask for open interfaces and export of data in the next contract.",
    ),
    "do_BAR_10": (
        "La dem som gjør jobben, være med og prøve løsningen før den velges.",
        "Let those who do the work try the solution before it is chosen.",
    ),
    "do_BAR_11": (
        "Sett opplæring inn i planen for hvert tiltak, med tid til å øve.",
        "Put training into the plan of every initiative, with time to practise.",
    ),
    "do_BAR_12": (
        "Meld inn behovet som en felles anskaffelse.",
        "Propose the need as a joint procurement.",
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
    "area_MOD": ("Modenhet", "Maturity"),
    "area_PRO": ("Prosesser og tiltak", "Processes and initiatives"),
    "area_DUP": ("Data og deling", "Data and sharing"),
    "area_FUN": ("Systemer", "Systems"),
    "area_BAR": ("Barrierer", "Barriers"),
    "area_COV": ("Dekning", "Coverage"),
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
    "unit_gap": ("poeng (−100 til 100)", "points (−100 to 100)"),
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
    "findings_title": ("Funn for {name}", "Findings for {name}"),
    "finding": ("Vis", "Show"),
    "download_csv": ("Last ned tabellen (CSV)", "Download the table (CSV)"),
    "shows_first": (
        "Viser de {shown} første av {count}. Alle står i CSV-filen.",
        "Shows the first {shown} of {count}. All are in the CSV file.",
    ),
    "find_duplicates": ("Duplikatkart", "Duplicate map"),
    "find_duplicates_lead": (
        "Disse dataobjektene ligger i flere systemer. Der et nasjonalt register er master, skal ingen av "
        "egne systemer være det. For de andre velger dere ett system, og slutter å vedlikeholde objektet "
        "andre steder.",
        "These data objects are in several systems. Where a national register is the master, none of your "
        "own systems is to be. For the others, choose one system and stop maintaining the object elsewhere.",
    ),
    "find_duplicates_none": (
        "Ingen dataobjekter er registrert i flere systemer, eller systemlisten er ikke levert.",
        "No data object is recorded in several systems, or the system list is not delivered.",
    ),
    "find_once_only": ("Hent én gang", "Ask only once"),
    "find_once_only_lead": (
        "Dette spørres det om eller tastes inn selv om et register har det. Begynn med registeret øverst: "
        "der sparer én kobling flest ganger i året. En sak som mangler to opplysninger fra samme register, "
        "teller to ganger.",
        "This is asked for or typed although a register holds it. Begin with the register at the top: there "
        "one connection spares the most occasions a year. A case that lacks two things of the same register "
        "counts twice.",
    ),
    "find_once_only_none": (
        "Ingen opplysninger er meldt som spurt om eller tastet på nytt, eller prosessene er ikke levert.",
        "No information is reported as asked for or typed again, or the processes are not delivered.",
    ),
    "find_cross_unit": ("Uten eier på tvers", "Without an owner across"),
    "find_cross_unit_lead": (
        "Disse prosessene går gjennom flere enheter uten at noen har mandat i alle: gi én rolle ansvar for "
        "hele forløpet. De med flest saker i året står først, de med ukjent antall sist.",
        "These processes pass through several units and nobody has a mandate in all of them: make one role "
        "responsible for the whole course. Those with the most cases a year stand first, those of which it "
        "is unknown last.",
    ),
    "find_cross_unit_none": (
        "Alle kjente prosesser på tvers har en eier med mandat, eller prosessene er ikke levert.",
        "Every known cross-unit process has an owner with a mandate, or the processes are not delivered.",
    ),
    "find_silos": ("Siloer", "Silos"),
    "find_silos_lead": (
        "Tallet viser hva to satsingsområder deler. Hvert par står én gang. Det et område har selv, står i "
        "en egen kolonne og er ingen silo. ○ betyr at de to deler dataobjekter uten en eneste automatisk "
        "utveksling.",
        "The figure shows what two focus areas share. Each pair stands once. What an area has itself stands "
        "in a column of its own and is no silo. ○ means that the two share data objects without a single "
        "automatic exchange.",
    ),
    "find_silos_none": (
        "Verken prosesser eller systemer er levert, så det er ikke noe å vise.",
        "Neither processes nor systems are delivered, so there is nothing to show.",
    ),
    "find_initiatives": ("Tiltak", "Initiatives"),
    "find_initiatives_lead": (
        "Tabellen viser om tiltakene er kartlagt, har ansvarlig og måler gevinst, og om prosessene deres har "
        "flyttet seg: ta fatt i «nei» først.",
        "The table shows whether initiatives are mapped, owned and measured, and whether their processes "
        "have moved: take up each “no” first.",
    ),
    "find_initiatives_none": ("Ingen tiltak er levert.", "No initiatives are delivered."),
    "find_learn": ("Lær av", "Learn from"),
    "find_learn_lead": (
        "«Sikkert bedre» betyr at kommunen er bedre også når usikkerheten hos begge regnes med. «Ser bedre "
        "ut» betyr at verdien er bedre eller målet nådd, men at de to likevel kan være like. Ring først en "
        "som er sikkert bedre, og spør hva de gjorde.",
        "“Surely better” means that the municipality is better even with the uncertainty of both taken into "
        "account. “Seems better” means that the value is better or the target reached, but that the two may "
        "still be alike. Call one that is surely better first, and ask what they did.",
    ),
    "find_learn_none": (
        "Ingen å sammenligne med er bedre på noen indikator.",
        "Nobody compared with is better on any indicator.",
    ),
    "find_procurement": ("Felles anskaffelser", "Joint procurement"),
    "find_procurement_lead": (
        "For disse funksjonene har flere eiere systemer: planlegg felles kjøp der produktene er ulike og "
        "kontrakter snart går ut.",
        "For these functions several owners have systems: plan a joint purchase where products differ and "
        "contracts end soon.",
    ),
    "find_procurement_none": (
        "Ingen funksjoner har systemer hos flere eiere i denne perioden.",
        "No function has systems at several owners in this period.",
    ),
    "find_processes": ("Felles prosesskart", "One map of processes"),
    "find_processes_lead": (
        "E betyr at prosessen har eier, B at den nylig er beskrevet, M at den måles: lån "
        "beskrivelsen av en kommune som har B. «–» er levert uten noe av dette, tomt er ikke levert.",
        "O means that the process has an owner, D that it was described recently, M that it is "
        "measured: borrow the description of a municipality with D. “–” is delivered without any of these, "
        "empty is not delivered.",
    ),
    "find_processes_none": (
        "Ingen prosesser er levert i denne perioden.",
        "No processes are delivered in this period.",
    ),
    "not_owner": (
        "Kommunen er ikke eier i et samarbeid med flere kommuner som har levert.",
        "The municipality is not an owner of a cooperation with several municipalities that delivered.",
    ),
    "data_object": ("Dataobjekt", "Data object"),
    "systems_maintaining": ("Antall som vedlikeholder", "Number maintaining"),
    "systems_holding": ("Antall systemer", "Number of systems"),
    "master": ("Master", "Master"),
    "master_0": ("ingen", "none"),
    "master_1": (
        "ett eget system",
        "one own system",
    ),
    "master_many": (
        "{count} egne systemer",
        "{count} own systems",
    ),
    "systems": ("Systemer", "Systems"),
    "crud": ("Dataobjekt mot system", "Data object by system"),
    "crud_lead": (
        "C oppretter, R leser, U oppdaterer, D sletter, x finnes der, ★ er merket som master, ? er ubesvart.",
        "C creates, R reads, U updates, D deletes, x is there, ★ is marked as master, ? is unanswered.",
    ),
    "process": ("Prosess", "Process"),
    "register": ("Register", "Register"),
    "collected": ("I dag", "Today"),
    "collected_asked_user": ("brukeren spørres", "the user is asked"),
    "collected_typed_manually": ("tastes inn", "typed in"),
    "volume": ("Saker i året", "Cases a year"),
    "unknown": ("ukjent", "unknown"),
    "units": ("Enheter", "Units"),
    "missing": ("Mangler", "Lacks"),
    "missing_owner": ("eier", "an owner"),
    "missing_mandate_across_units": (
        "mandat på tvers (linjeleder eier)",
        "a mandate across (a line manager owns it)",
    ),
    "local": ("{name} (egen prosess)", "{name} (own process)"),
    "area_a": ("Satsingsområde", "Focus area"),
    "area_b": ("Deler med", "Shares with"),
    "shared_n_processes": ("Prosesser", "Processes"),
    "shared_n_systems": ("Systemer", "Systems"),
    "shared_n_objects": ("Dataobjekter", "Data objects"),
    "shared_n_exchanges": ("Automatiske utvekslinger", "Automatic exchanges"),
    "measure": ("Tell", "Count"),
    "initiative": ("Tiltak", "Initiative"),
    "decided": ("Vedtatt", "Decided"),
    "mapped": ("Kartlagt før", "Mapped first"),
    "owned": ("Ansvarlig", "Responsible"),
    "benefit": ("Gevinst måles", "Benefit measured"),
    "movement": ("Siden forrige periode", "Since the previous period"),
    "moved": ("{what}: {how}", "{what}: {how}"),
    "moves_owner": ("eier", "owner"),
    "moves_description": ("beskrivelse", "description"),
    "moves_measurement": ("måling", "measurement"),
    "movement_improved": ("bedre", "better"),
    "movement_worsened": ("svakere", "weaker"),
    "movement_mixed": ("både bedre og svakere", "both better and weaker"),
    "movement_unchanged": ("uendret", "unchanged"),
    "own_value": ("Egen verdi", "Own value"),
    "teacher": ("{name}: {value}", "{name}: {value}"),
    "teacher_target": ("{name}: {value} (målet nådd)", "{name}: {value} (target reached)"),
    "municipality_lead_cut": (
        "Den store prikken er kommunen, streken gjennom den viser usikkerheten. Grå prikker er de andre i "
        "gruppen.",
        "The large dot is the municipality, the line through it shows the uncertainty. Grey dots are the "
        "others of the group.",
    ),
    "others_median": (
        "De andres median",
        "Median of the others",
    ),
    "target": (
        "Mål",
        "Target",
    ),
    "target_reached": (
        "{target}: nådd",
        "{target}: reached",
    ),
    "target_missed": (
        "{target}: ikke\u00a0nådd",
        "{target}: not\u00a0reached",
    ),
    "target_open": (
        "{target}: uvisst",
        "{target}: unknown",
    ),
    "favourable": (
        "{side}: bedre",
        "{side}: better",
    ),
    "unfavourable": (
        "{side}: svakere",
        "{side}: weaker",
    ),
    "next_teachers_seeming": (
        "Ser bedre ut, men det er ikke sikkert: {names}.",
        "Seems better, but that is not certain: {names}.",
    ),
    "next_no_values": (
        "Kommunen har ingen verdier i dette området.",
        "The municipality has no values in this area.",
    ),
    "next_but_targets": (
        "Men ikke alle mål er nådd:",
        "But not every target is reached:",
    ),
    "next_all_targets": (
        "Alle målene er nådd.",
        "Every target is reached.",
    ),
    "next_targets_missed": (
        "**Målet er ikke nådd**: {indicators}.",
        "**The target is not reached**: {indicators}.",
    ),
    "next_targets_open": (
        "**Uvisst om målet er nådd**: {indicators}.",
        "**Unknown whether the target is reached**: {indicators}.",
    ),
    "next_missed": (
        "{indicator} ({value}, målet er {target})",
        "{indicator} ({value}, the target is {target})",
    ),
    "master_register_marked": (
        "{register}, men {count} av egne systemer er også merket",
        "{register}, but {count} of your own systems are marked too",
    ),
    "advise_register": (
        "Les fra registeret, og slutt å vedlikeholde kopier.",
        "Read from the register, and stop maintaining copies.",
    ),
    "advise_unmark": (
        "La registeret være master: ta bort merket på egne systemer.",
        "Let the register be the master: take the mark away from your own systems.",
    ),
    "advise_stop": (
        "Slutt å vedlikeholde det utenfor master.",
        "Stop maintaining it outside the master.",
    ),
    "advise_none": (
        "Ingenting: bare ett system vedlikeholder det, og det har en master.",
        "Nothing: one system maintains it, and it has a master.",
    ),
    "advise_choose": (
        "Velg ett av de merkede systemene som master.",
        "Choose one of the marked systems as master.",
    ),
    "advise_appoint": (
        "Utpek ett av systemene som master.",
        "Appoint one of the systems as master.",
    ),
    "per_register": (
        "Arbeidsliste per register",
        "Worklist by register",
    ),
    "gaps": (
        "Opplysninger",
        "Pieces of information",
    ),
    "occasions": (
        "Ganger i året",
        "Occasions a year",
    ),
    "gaps_unknown": (
        "Herav med ukjent antall saker",
        "Of these, cases unknown",
    ),
    "at_least": (
        "minst {count}",
        "at least {count}",
    ),
    "within_area": (
        "I området selv",
        "Within the area",
    ),
    "silo_worst": (
        "Begynn her: deler data uten automatisk utveksling ({shown} av {count} par)",
        "Begin here: share data without automatic exchange ({shown} of {count} pairs)",
    ),
    "sure": (
        "Sikkert bedre",
        "Surely better",
    ),
    "seeming": (
        "Ser bedre ut",
        "Seems better",
    ),
    "advice": ("Gjør dette", "Do this"),
    "function": ("Funksjon", "Function"),
    "n_owners": ("Eiere", "Owners"),
    "n_products": ("Produkter", "Products"),
    "annual_cost": ("Kroner i året", "Kroner a year"),
    "contract_end": ("Første kontraktslutt", "First contract end"),
    "products": ("Hvilke produkter", "Which products"),
    "sign_owned": ("E", "O"),
    "sign_described": ("B", "D"),
    "sign_measured": ("M", "M"),
    "absent": ("har ikke", "does not have"),
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
        "Prikkdiagram: {indicator}, en prikk for hver kommune, delt i grupper, med median.",
        "Dot plot: {indicator}, a dot for each municipality, in groups, with the median.",
    ),
    "chart_municipality": (
        "Prikkdiagram: {name} sammenlignet med gruppen, en linje for hver indikator.",
        "Dot plot: {name} compared with the group, one line for each indicator.",
    ),
}

DECIMALS = {"points": 0, "gap": 0, "percent": 0, "level": 0, "count": 2, "fraction": 2}


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
