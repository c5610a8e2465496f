"""Labelled texts of role columns: roles as municipalities write them, and persons' names, all invented."""

ROLES = (
    # Bokmål
    "Digital pådriver", "Seksjonsansvarlig oppvekst", "IKT-leder", "Systemeier", "Systemansvarlig helse",
    "Enhetsleder hjemmetjenesten", "Kommunalsjef for helse og velferd", "Rådmann", "Kommunedirektør",
    "Personvernombud", "Arkivleder", "Fagansvarlig økonomi", "Fagkoordinator barnehage", "Superbruker",
    "Leder av servicetorget", "Byggesaksbehandler", "Virksomhetsleder plan og bygg", "HR-rådgiver",
    "Lønnsansvarlig", "Økonomisjef", "Innkjøpsansvarlig", "Prosesseier", "Prosesseier sak og arkiv",
    "Avdelingsleder renhold", "Rektor", "Styrer", "Pedagogisk leder", "Skolefaglig ansvarlig",
    "Teknisk sjef", "Brannsjef", "Helsesykepleier", "Tjenesteansvarlig velferdsteknologi", "Kontorleder",
    "Digitaliseringsrådgiver", "Informasjonssikkerhetsleder", "Applikasjonsforvalter", "Driftsansvarlig",
    "Leder for barnevernet", "Saksbehandler skatt", "Sjef for dagtilbud", "Fagleder liv og helse",
    "Ansvarlig for dag- og aktivitetstilbud", "Leder Strand skole", "Enhetsleder Tangen barnehage",
    "Jordmor", "Logoped nord", "Tilsynsfører bygg", "Kommunal planlegger", "Kulturskolerektor",
    "Ergoterapeut", "Miljøterapeut Solsiden", "Stedfortreder Administrasjon",
    # Nynorsk
    "Kommunedirektør og einingsleiar", "Einingsleiar oppvekst", "Seksjonsleiar helse", "Fagansvarleg arkiv",
    "Systemeigar", "Rådgjevar digitalisering", "Økonomiansvarleg", "Leiar av tenestetorget",
    "Verksemdsleiar", "Tenesteleiar plan", "Lærar", "Avdelingsleiar",
    # English
    "Head of digitalisation", "Line manager", "Service owner", "Data protection officer", "Records manager",
    "Team lead", "Chief financial officer", "Product owner", "Head teacher", "Process owner", "Clerk",
    "Case worker", "Director of Education", "System administrator", "Enterprise architect", "Department head",
)  # fmt: skip
NAMES = (
    # One word, lower case, capitals
    "Kari", "kari", "OLA", "Ola", "Marit", "bjørn", "Hansen", "Nordmann", "Anne-Lise", "Mohammed",
    "kari nordmann", "ola nordmann", "per hansen", "anne berg", "KARI NORDMANN", "liv strand", "dag lund",
    # In full, either way
    "Kari Nordmann", "Nordmann, Kari", "nordmann, kari", "Hansen Per", "Berg, Liv", "Tone Dahl", "Odd Moen",
    "Per Arne Lie", "Kari N.", "K. Nordmann", "Jan-Erik Solberg", "Else Strand", "Stein Eide",
    # Beside a role
    "IKT-leder Kari Nordmann", "Kari Nordmann (rådgiver)", "rådgiver kari nordmann", "Kari (systemeier)",
    "systemeier: Kari", "leder, per hansen", "Rektor Liv Berg", "Økonomisjef Hansen", "ansvarlig: ola n",
    "Kari i arkivet", "Kari Nordmann, IKT", "Kari/Ola", "Spør Kari", "Head of IT Kari Nordmann",
    # Sámi
    "Ánte Utsi", "Biret Gaup", "máret hætta", "Niillas Somby", "Áile", "Rektor Máhtte Eira", "Ravdna Oskal",
    # Immigrants'
    "Fatima Hassan", "Ahmed Ali", "ahmed ali", "Abdi Warsame", "Priya Singh", "Linh Nguyen", "piotr kowalski",
    "Agnieszka Nowak", "Łukasz", "Svetlana Ivanova", "Mehmet Yilmaz", "Leder Zainab Hussain", "Tesfaye Haile",
    # Rare ones
    "Torkjell Kvisvik", "torkjell kvisvik", "Torkjell", "kvisvik", "Rektor Torkjell Kvisvik",
    "rektor torkjell kvisvik", "Dilnoza Rashidova",
)  # fmt: skip
