{#- What the codes that the models themselves write are called, bokmål and English, by kind. -#}
{% macro words() -%}
    {{ return({
        'status': [
            ('not_applicable', 'gjelder ikke', 'does not apply'),
            ('not_delivered', 'ikke levert', 'not delivered'),
            ('rejected', 'leveransen ble avvist', 'the delivery was rejected'),
            ('break_in_series', 'brudd i tidsserien', 'break in the series'),
            ('too_few_respondents', 'for få som svarte', 'too few respondents'),
            ('insufficient_coverage', 'for lite er besvart', 'too little is answered'),
            ('no_denominator', 'ingenting å måle på', 'nothing to measure'),
            ('suppressed', 'skjult av hensyn til personvern', 'hidden to protect people'),
            ('no_earlier_value', 'ingen tidligere verdi', 'no earlier value'),
            ('ok', 'har verdi', 'has a value'),
        ],
        'collection_mode': [
            ('respondents', 'Spørreundersøkelse', 'Survey'),
            ('official', 'Ett offisielt svar', 'One official answer'),
            ('register', 'Kartlegging', 'Inventory'),
        ],
        'source_kind': [
            ('survey', 'Spørreundersøkelse', 'Survey'),
            ('processes', 'Prosesskartlegging', 'Process inventory'),
            ('systems', 'Systemkartlegging', 'System inventory'),
        ],
        'peer_group_type': [
            ('all', 'Alle kommuner', 'All municipalities'),
            ('size_class', 'Samme størrelse', 'Same size'),
            ('kostra_group', 'KOSTRA-gruppe', 'KOSTRA group'),
            ('county', 'Fylket', 'The county'),
            ('centrality', 'Samme sentralitet', 'Same centrality'),
            ('owners', 'Eierne', 'The owners'),
            ('nearest', 'Nærmeste naboer', 'Nearest neighbours'),
        ],
        'conclusion': [
            ('above', 'over medianen av de andre', 'above the median of the others'),
            ('below', 'under medianen av de andre', 'below the median of the others'),
            (
                'across',
                'kan ikke skilles fra medianen av de andre',
                'cannot be told from the median of the others',
            ),
            ('unresolved', 'for lite er besvart til å si', 'too little is answered to tell'),
        ],
    }) }}
{%- endmacro %}
