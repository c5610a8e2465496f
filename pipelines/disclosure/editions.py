"""The two editions, made from the finished build file; one statement per table, each rule with its reason.

The statements run on a connection to which the build file is attached as ``build``; they fill the
schemas ``member`` and ``public`` of the connection's own memory. Rounding happens here and nowhere
earlier: ranks, positions and the maturity level rest on the unrounded values of the build.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pipelines.disclosure.published import (
    EDITIONS,
    MEMBER,
    BuildFileError,
    Described,
    Table,
    describe_build,
    tables_of,
)

BUILD = "build"
THRESHOLDS = ("min_respondents", "min_n_share_release", "public_min_municipalities")

# Whole points, half away from zero. Twelve decimals first: 62.5 may come as 62.49999999999999, and
# two municipalities that look alike are to be released alike. Adding 0.0 turns -0.0 into 0.0.
WHOLE = "create macro whole(x) as round(round(x, 12)) + 0.0"
RELEASED = """
create macro released(x, is_hidden, is_people) as
    case when is_hidden then null when is_people then whole(x) else x end
"""
THRESHOLD = """
create macro threshold(id) as (
    select t.value from build.reference.threshold as t where t.threshold_id = id
)
"""

# A mean of few is nearly each one's answer; a share of few shows who is alone with one, on either side of it.
TELLS_OF_FEW = """
create macro tells_of_few(n, is_share, n_yes, n_all) as
    coalesce(n, 0) < threshold('min_respondents')
    or (
        is_share
        and (
            coalesce(n, 0) < threshold('min_n_share_release')
            or coalesce(n_yes in (1, 2), true)
            or coalesce(n_all - n_yes in (1, 2), true)
        )
    )
"""

# Every value with two marks: does it rest on people's answers, and must it be hidden from all? Bounds are
# told without a value too, so they are judged whatever the status.
CELL = """
create table disclosure.cell as
with cells as (
    select
        v.*,
        -- One official answer is the municipality's word, not a person's: not rounded, not hidden.
        -- An indicator that the catalogue does not know is treated as the strictest kind.
        coalesce(i.source_kind, 'survey') = 'survey' and v.collection_mode = 'respondents' as is_people,
        coalesce(i.unit, 'percent') = 'percent' as is_share,
        coalesce(c.new_number, v.municipality_number) as current_number,
    from build.main.fct_indicator_value as v
    left join build.main.dim_indicator as i using (indicator_id)
    -- Of a number that was split nothing is told on today's boundaries.
    left join build.reference.municipality_change as c
        on v.municipality_number = c.old_number and c.kind <> 'split'
),

-- What the parts of a municipality of today are told to have, together.
parts as (
    select
        current_number, period, indicator_id, collection_mode, focus_area,
        sum(n) as n, sum(numerator) as numerator, sum(denominator) as denominator,
    from cells
    where boundary = 'delivered' and status = 'ok'
    group by all
),

judged as (
    select
        cells.*,
        cells.is_people and (
            tells_of_few(cells.n, cells.is_share, cells.numerator, cells.denominator)
            -- The whole minus a cut gives the rest: the rest must be as large as the cut.
            or (
                cells.focus_area <> 'all'
                and tells_of_few(
                    whole.n - cells.n,
                    cells.is_share,
                    whole.numerator - cells.numerator,
                    whole.denominator - cells.denominator
                )
            )
            -- What was merged minus the parts that are told gives the part that is not.
            or (
                cells.boundary = 'delivered'
                and pool.n > parts.n
                and tells_of_few(
                    pool.n - parts.n,
                    cells.is_share,
                    pool.numerator - parts.numerator,
                    pool.denominator - parts.denominator
                )
            )
        ) as tells_alone,
        whole.n as n_whole, whole.numerator as numerator_whole, whole.denominator as denominator_whole,
    from cells
    left join cells as whole
        on
            cells.municipality_number = whole.municipality_number
            and cells.period = whole.period
            and cells.indicator_id = whole.indicator_id
            and cells.collection_mode = whole.collection_mode
            and cells.boundary = whole.boundary
            and whole.focus_area = 'all'
    left join parts
        on
            cells.current_number = parts.current_number
            and cells.period = parts.period
            and cells.indicator_id = parts.indicator_id
            and cells.collection_mode = parts.collection_mode
            and cells.focus_area = parts.focus_area
    left join cells as pool
        on
            cells.current_number = pool.municipality_number
            and cells.period = pool.period
            and cells.indicator_id = pool.indicator_id
            and cells.collection_mode = pool.collection_mode
            and cells.focus_area = pool.focus_area
            and pool.boundary = 'current'
            and pool.status = 'ok'
),

-- Where nobody carries two areas, the whole minus all cuts that are told is who is in none of them: of few,
-- the smallest of the cuts are hidden with them.
rests as (
    select
        municipality_number, period, indicator_id, collection_mode, boundary, focus_area,
        n_whole > sum(n) over larger and tells_of_few(
            n_whole - sum(n) over larger,
            is_share,
            numerator_whole - sum(numerator) over larger,
            denominator_whole - sum(denominator) over larger
        ) as tells_together,
    from judged
    where is_people and focus_area <> 'all' and status = 'ok' and not tells_alone
    window larger as (
        partition by municipality_number, period, indicator_id, collection_mode, boundary
        order by n desc, focus_area
        rows between unbounded preceding and current row
    )
)

select
    judged.*,
    tells_alone or coalesce(tells_together, false) as is_revealing,
    is_revealing and status = 'ok' as is_hidden,
from judged
left join rests using (municipality_number, period, indicator_id, collection_mode, boundary, focus_area)
"""

# Groups whose figures would give hidden cells back: the mean times N, less those that are shown.
# With three or more hidden only their sum is known, where groups do not overlap: size classes, and the
# whole less the classes that are shown, which is a group too. Other kinds of group overlap each other and
# these, and the difference of two sums is another sum: one hidden member is enough to hide them.
# Who belongs to a group stands in fct_position, of nearest neighbours in fct_neighbour; where these rows do
# not make up the group, the hidden ones cannot be counted and are taken for few.
GROUP_WITH_HIDDEN = """
create table disclosure.group_with_hidden as
with memberships as (
    select municipality_number, period, peer_group_type, peer_group, indicator_id, collection_mode,
    from build.main.fct_position
    where peer_group_type <> 'nearest'
    union all
    select
        c.municipality_number, c.period, 'nearest' as peer_group_type,
        c.municipality_number as peer_group, c.indicator_id, c.collection_mode,
    from disclosure.cell as c
    where c.focus_area = 'all' and c.boundary = 'current' and c.status = 'ok'
    union all
    select
        c.municipality_number, c.period, 'nearest' as peer_group_type,
        n.municipality_number as peer_group, c.indicator_id, c.collection_mode,
    from build.main.fct_neighbour as n
    inner join disclosure.cell as c
        on n.neighbour_number = c.municipality_number and n.period = c.period
    where c.focus_area = 'all' and c.boundary = 'current' and c.status = 'ok'
),

members as (
    select
        p.period, p.peer_group_type, p.peer_group, p.indicator_id, p.collection_mode,
        count(*) as n_listed,
        count(*) filter (where c.is_hidden) as n_hidden,
    from memberships as p
    inner join disclosure.cell as c
        using (municipality_number, period, indicator_id, collection_mode)
    where c.focus_area = 'all' and c.boundary = 'current'
    group by all
),

hidden_somewhere as (
    select distinct period, indicator_id, collection_mode from disclosure.cell where is_hidden
),

judged as (
    select
        b.period, b.peer_group_type, b.peer_group, b.indicator_id, b.collection_mode,
        starts_with(b.peer_group, 'fictional:') as is_fictional,
        coalesce(m.n_hidden, 0) as n_hidden,
        coalesce(m.n_listed, 0) <> b.n_municipalities
        or if(b.peer_group_type in ('all', 'size_class'), m.n_hidden between 1 and 2, m.n_hidden > 0)
            as is_revealing,
    from build.main.fct_benchmark as b
    semi join hidden_somewhere as h using (period, indicator_id, collection_mode)
    left join members as m using (period, peer_group_type, peer_group, indicator_id, collection_mode)
    where b.n_municipalities > 0
)

select * from judged
where is_revealing or n_hidden > 0
"""
REVEALING_GROUP = """
create table disclosure.revealing_group as
with hidden_in_shown_classes as (
    select period, indicator_id, collection_mode, is_fictional, sum(n_hidden) as n_hidden,
    from disclosure.group_with_hidden
    where peer_group_type = 'size_class' and not is_revealing
    group by all
)

select j.period, j.peer_group_type, j.peer_group, j.indicator_id, j.collection_mode
from disclosure.group_with_hidden as j
left join hidden_in_shown_classes as s using (period, indicator_id, collection_mode, is_fictional)
where
    j.is_revealing
    or (j.peer_group_type = 'all' and j.n_hidden - coalesce(s.n_hidden, 0) between 1 and 2)
"""

MEMBER_INDICATOR_VALUE = """
select
    municipality_number, period, indicator_id, focus_area, collection_mode, boundary,
    if(is_hidden, 'suppressed', status) as status,
    released(value, is_hidden, is_people) as value,
    released(lower_bound, is_revealing, is_people) as lower_bound,
    released(upper_bound, is_revealing, is_people) as upper_bound,
    released(ci_low, is_hidden, is_people) as ci_low,
    released(ci_high, is_hidden, is_people) as ci_high,
    -- A sum of answers undoes the rounding of their mean.
    if(is_people, null, numerator) as numerator,
    if(is_hidden, null, denominator) as denominator,
    n,
    coverage,
from disclosure.cell
"""

MEMBER_BENCHMARK = """
select
    b.period, b.peer_group_type, b.peer_group, b.indicator_id, b.collection_mode,
    b.n_municipalities,
    released(b.mean, r.period is not null, s.is_people) as mean,
    released(b.median, r.period is not null, s.is_people) as median,
    released(b.q1, r.period is not null, s.is_people) as q1,
    released(b.q3, r.period is not null, s.is_people) as q3,
    if(r.period is not null, 'suppressed', b.status) as status,
from build.main.fct_benchmark as b
left join disclosure.revealing_group as r
    using (period, peer_group_type, peer_group, indicator_id, collection_mode)
left join disclosure.people_source as s using (indicator_id, collection_mode)
"""

# A position tells how a value compares: of a hidden value it may tell nothing. A value less its gap is the
# median of the group, which is hidden with the group: of two, the other's value could be worked out from it.
# The medians of the others are as many as the members, and one of them may be a hidden value itself: they are
# hidden with any member.
MEMBER_POSITION = """
select
    p.municipality_number, p.period, p.indicator_id, p.collection_mode, p.peer_group_type,
    p.peer_group, p.n_municipalities, p.rank, p.percentile,
    released(p.gap_to_median, r.period is not null, s.is_people) as gap_to_median,
    released(p.others_median, h.period is not null, s.is_people) as others_median,
    p.conclusion, p.is_favourable, p.is_conclusion_stable,
from build.main.fct_position as p
left join disclosure.revealing_group as r
    using (period, peer_group_type, peer_group, indicator_id, collection_mode)
left join disclosure.group_with_hidden as h
    using (period, peer_group_type, peer_group, indicator_id, collection_mode)
left join disclosure.people_source as s using (indicator_id, collection_mode)
anti join (select * from disclosure.cell where is_hidden and focus_area = 'all' and boundary = 'current') as c
    using (municipality_number, period, indicator_id, collection_mode)
"""

# A change tells of two values: where either is hidden it tells of neither.
MEMBER_CHANGE = """
with marked as (
    select
        f.*,
        coalesce(c.is_people, s.is_people, false) as is_people,
        coalesce(c.is_hidden, false) or coalesce(p.is_hidden, false) as is_hidden,
    from build.main.fct_change as f
    left join disclosure.whole_cell as c using (municipality_number, period, indicator_id, collection_mode)
    left join disclosure.whole_cell as p
        on
            f.municipality_number = p.municipality_number
            and f.previous_period = p.period
            and f.indicator_id = p.indicator_id
            and f.collection_mode = p.collection_mode
    left join disclosure.people_source as s
        on f.indicator_id = s.indicator_id and f.collection_mode = s.collection_mode
)

select
    municipality_number, period, indicator_id, collection_mode,
    released(value, is_hidden, is_people) as value,
    if(is_hidden, null, previous_period) as previous_period,
    released(previous_value, is_hidden, is_people) as previous_value,
    released(change, is_hidden, is_people) as change,
    released(change_low, is_hidden, is_people) as change_low,
    released(change_high, is_hidden, is_people) as change_high,
    if(is_hidden, null, is_sure) as is_sure,
    if(is_hidden, null, method) as method,
    if(is_hidden, 'suppressed', status) as status,
from marked
"""

# Whom to learn from tells two values and their order. The places close up over what is left out, so that a
# gap does not tell that somebody hidden stands in it.
MEMBER_LEARN_FROM = """
select
    f.municipality_number, f.period, f.indicator_id, f.collection_mode,
    row_number() over (
        partition by f.municipality_number, f.period, f.indicator_id, f.collection_mode
        order by f.place
    ) as place,
    f.teacher_number,
    released(f.teacher_value, false, s.is_people) as teacher_value,
    released(f.own_value, false, s.is_people) as own_value,
    f.has_reached_target, f.is_sure,
from build.main.fct_learn_from as f
left join disclosure.people_source as s using (indicator_id, collection_mode)
anti join (from disclosure.whole_cell where is_hidden) as own
    using (municipality_number, period, indicator_id, collection_mode)
anti join (from disclosure.whole_cell where is_hidden) as teacher
    on
        f.teacher_number = teacher.municipality_number
        and f.period = teacher.period
        and f.indicator_id = teacher.indicator_id
        and f.collection_mode = teacher.collection_mode
"""

# How the answers of a group fall, in whole fives (the least number of respondents): who is alone with an
# answer is not seen, nor is one municipality when a group is taken from another that holds it. As for
# shares, a group of few is hidden. Official answers are counted as they are.
MEMBER_ANSWER_DISTRIBUTION = """
with judged as (
    select
        *,
        collection_mode <> 'official' as is_people,
        -- By the valid answers, the points of the scale: the others hide nobody among them.
        coalesce(sum(n) filter (regexp_full_match(answer, '[0-9]+')) over (
            partition by period, item_id, collection_mode, peer_group_type, peer_group
        ), 0) < threshold('min_n_share_release') as is_few,
    from build.main.fct_answer_distribution
)

select
    period, item_id, collection_mode, peer_group_type, peer_group, answer,
    case
        when not is_people then n
        when not is_few then threshold('min_respondents') * round(n / threshold('min_respondents'))
    end as n,
    if(is_people and is_few and status = 'ok', 'suppressed', status) as status,
from judged
"""

# Two decimals of it are what is read; more would tell of single respondents when releases are compared.
MEMBER_RELIABILITY = """
select
    period, instrument_id, collection_group, dimension_id, n, n_items,
    round(round(alpha, 12), 2) + 0.0 as alpha,
    status,
from build.main.fct_reliability
"""

# What is compared between municipalities and periods: whole, on today's boundaries.
WHOLE_CELL = """
create view disclosure.whole_cell as
select * from disclosure.cell where focus_area = 'all' and boundary = 'current'
"""

# Which pairs of indicator and collection mode are people's answers, for tables without a cell each.
PEOPLE_SOURCE = """
create table disclosure.people_source as
select distinct i.indicator_id, 'respondents' as collection_mode, true as is_people
from build.main.dim_indicator as i
where i.source_kind = 'survey'
"""

# The public sees what members see of large groups, and less: nothing that members do not have.
# Counties, neighbours and size classes together would let every municipality be solved for.
PUBLIC_BENCHMARK = """
with shown as (
    select *
    from member.fct_benchmark
    where
        peer_group_type in ('all', 'size_class')
        and n_municipalities >= threshold('public_min_municipalities')
),

-- The whole less the classes that are shown leaves the classes that are not: nobody or enough.
classes as (
    select
        period, indicator_id, collection_mode,
        starts_with(peer_group, 'fictional:') as is_fictional,
        sum(n_municipalities) as n_in_classes,
    from shown
    where peer_group_type = 'size_class'
    group by all
),

judged as (
    select
        s.*,
        s.n_municipalities - coalesce(c.n_in_classes, 0) as n_rest,
    from shown as s
    left join classes as c
        on
            s.period = c.period
            and s.indicator_id = c.indicator_id
            and s.collection_mode = c.collection_mode
            and starts_with(s.peer_group, 'fictional:') = c.is_fictional
)

select
    period, peer_group_type, peer_group, indicator_id, collection_mode,
    n_municipalities,
    whole(mean) as mean,
    null as median,
    null as q1,
    null as q3,
    status,
from judged
where
    peer_group_type = 'size_class'
    or n_rest = 0
    or n_rest >= threshold('public_min_municipalities')
"""

# A finding without what stood in the cell. Between quotation marks where the sentence has it there: a bare
# "9" would be struck out of item codes and counts as well.
WITHOUT_VALUE = """
create macro without_value(sentence, found) as
    case
        when contains(sentence, '«' || found || '»') then replace(sentence, '«' || found || '»', '«…»')
        when contains(sentence, '“' || found || '”') then replace(sentence, '“' || found || '”', '“…”')
        when found <> '' then replace(sentence, found, '…')
        else sentence
    end
"""
# "rad 7", "row 7" and the list of rows in parentheses: the sentences of rules.yml that name rows.
WITHOUT_ROWS = r"""
create macro without_rows(sentence) as
    regexp_replace(
        regexp_replace(sentence, '\b(rad|row) [0-9]+', '\1 …', 'g'),
        '\([0-9]+(, [0-9]+)*\)', '(…)', 'g'
    )
"""
# Rules about keys and references: what their sender must find again in the app, and members see anyway.
TOLD_IN_FULL = (
    "repeated_key",
    "unresolved_system",
    "ambiguous_system",
    "unresolved_process",
    "ambiguous_process",
    "follows_quarantined_system",
    "follows_quarantined_process",
    "unknown_function",
    "unknown_process",
    "unknown_data_object",
    "unknown_shared_service",
    "unknown_focus_area",
    "comma_between_values",
)

# The whole of a finding stands in its sender's own report (HOME/reports); the members see all senders'.
MEMBER_DELIVERY_FINDING = f"""
with judged as (
    select
        f.*,
        -- Who answered what must not be told, nor which row is whose. A file that was not recognised,
        -- or whose delivery is lost, may be a survey.
        coalesce(d.kind, 'unknown') not in ('processes', 'systems') as is_people,
        -- Cells of systems and processes: costs, risk assessments, contracts and who answers for what are
        -- shielded from other owners, well written or not. By what may be told, so that a new rule is
        -- shielded from the start.
        coalesce(d.kind in ('systems', 'processes'), false)
        and f.severity in ('quarantine', 'cell')
        and f.rule not in {TOLD_IN_FULL} as is_shielded,
    from build.main.delivery_finding as f
    left join build.main.delivery as d using (delivery_id)
)

select
    delivery_id, finding_number, severity, rule, sheet,
    if(is_people, null, row_number) as row_number,
    column_name,
    if(is_people or is_shielded, null, value) as value,
    case
        when is_people then without_rows(without_value(sentence_nb, coalesce(value, '')))
        when is_shielded then without_value(sentence_nb, coalesce(value, ''))
        else sentence_nb
    end as sentence_nb,
    case
        when is_people then without_rows(without_value(sentence_en, coalesce(value, '')))
        when is_shielded then without_value(sentence_en, coalesce(value, ''))
        else sentence_en
    end as sentence_en,
from judged
"""  # noqa: S608 our own names

# Tables that are not named here are published as they are, in their declared columns.
MEMBER_SQL: Mapping[str, str] = {
    "fct_indicator_value": MEMBER_INDICATOR_VALUE,
    "fct_benchmark": MEMBER_BENCHMARK,
    "fct_position": MEMBER_POSITION,
    "fct_change": MEMBER_CHANGE,
    "fct_learn_from": MEMBER_LEARN_FROM,
    "fct_answer_distribution": MEMBER_ANSWER_DISTRIBUTION,
    "fct_reliability": MEMBER_RELIABILITY,
    "delivery_finding": MEMBER_DELIVERY_FINDING,
}
PUBLIC_SQL: Mapping[str, str] = {"fct_benchmark": PUBLIC_BENCHMARK}


def make_editions(connection: duckdb.DuckDBPyConnection) -> dict[str, Described]:
    """Fill the schemas ``member`` and ``public`` of the connection's memory from the attached build.

    Returns the published tables as the build describes them. Raises BuildFileError when the build
    file lacks a table, a column or a threshold.
    """
    described = describe_build(connection, BUILD)
    _check_thresholds(connection)
    for schema in ("disclosure", *EDITIONS):
        connection.execute(f"create schema {schema}")
    macros = (WHOLE, RELEASED, THRESHOLD, TELLS_OF_FEW, WITHOUT_VALUE, WITHOUT_ROWS)
    for statement in (*macros, CELL, WHOLE_CELL, PEOPLE_SOURCE, GROUP_WITH_HIDDEN, REVEALING_GROUP):
        connection.execute(statement)
    for edition in EDITIONS:  # members first: the public edition is made from theirs
        rules = MEMBER_SQL if edition == MEMBER else PUBLIC_SQL
        for table in tables_of(edition):
            _fill(connection, edition, described[table.name], rules.get(table.name) or _as_it_is(table))
    return described


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def column_list(columns: tuple[str, ...]) -> str:
    """Column names for a statement, quoted."""
    return ", ".join(map(identifier, columns))


def typed_columns(described: Described) -> str:
    """Column names with the build file's types, for ``create table``."""
    return ", ".join(f"{identifier(column.name)} {column.data_type}" for column in described.columns)


def _as_it_is(table: Table) -> str:
    return f"select {column_list(table.columns)} from {BUILD}.main.{table.name}"  # noqa: S608 our own names


def _fill(connection: duckdb.DuckDBPyConnection, edition: str, described: Described, select: str) -> None:
    """Create one edition's table with the build file's types, so that nulls keep their type."""
    name = f"{edition}.{described.table.name}"
    connection.execute(f"create table {name} ({typed_columns(described)})")
    connection.execute(f"insert into {name} by name {select}")


def _check_thresholds(connection: duckdb.DuckDBPyConnection) -> None:
    """A threshold that is missing would let everything through: refuse instead."""
    try:
        found = dict(
            connection.execute("select threshold_id, value from build.reference.threshold").fetchall()
        )
    except duckdb.CatalogException as error:
        raise BuildFileError(f"the build file lacks reference.threshold: {error}") from error
    if missing := [name for name in THRESHOLDS if found.get(name) is None]:
        raise BuildFileError(
            f"reference.threshold lacks a value for {', '.join(missing)}; add it to threshold.csv of the pack"
        )
