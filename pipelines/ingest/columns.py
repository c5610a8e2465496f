"""Columns of text to typed columns: the contract's types, vectorised, with raw text and rule beside.

A frame of a data set has ``sheet``, ``row_number``, the typed columns, and for every contract column
``<column>__raw`` (the text as received, masked) and ``<column>__error`` (a rule, or null).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.ingest import masking
from pipelines.ingest.body import Body
from pipelines.ingest.cells import SLASHED, Reader, Result, reader_for
from pipelines.ingest.column_texts import Source, Text, cleaned, column_text, convert
from pipelines.ingest.contract import SEPARATORS, Column, Derived
from pipelines.ingest.model import MASK, Finding
from pipelines.ingest.naming import ConceptNames
from pipelines.ingest.text import clean, key

# A column with more different texts is no list of names, and likening each of them takes long.
MOST_LIKENED = 20_000
_NUMBER_TYPES = frozenset({"int", "decimal", "date", "bool"})


def mask_body(body: Body, source: Source) -> tuple[pl.DataFrame, list[Finding]]:
    """The body's rows with personal data masked, and a finding for each masked cell."""
    columns = {f"c{i}": _columns_at(body, i) for i in body.match.used}
    contract = source.vocabulary.contract
    known = {name: _known_texts(meant, source) for name, meant in columns.items()}
    words = source.vocabulary.field_words

    def judge(name: str, text: str) -> str | None:
        meant = columns[name]
        is_number = any(c.type in _NUMBER_TYPES or c.mask == "id" for c in meant)
        if name in crowded and key(text) not in known[name]:
            return "masked_person_name"
        rule = masking.find_personal(text, with_phone=not is_number)
        if rule is None and any(c.mask == "role" for c in meant):
            is_person = masking.is_person_name(text, known[name], words, contract.role_words)
            rule = "masked_person_name" if is_person else None
        if rule is None and name in named and masking.is_named_id(text, alone_counts=is_survey):
            rule = "masked_person_name"
        return rule

    always = {name for name, meant in columns.items() if any(c.mask == "role" for c in meant)}
    # So many different texts are no roles: what is not known is masked without looking at each.
    crowded = {name for name in always if body.rows[name].n_unique() > MOST_LIKENED}
    is_survey = body.match.sheet.kind == "survey"
    ids = [name for name, meant in columns.items() if any(c.mask == "id" for c in meant)]
    named = {name for name in ids if masking.may_name_persons(body.rows[name])}
    always |= named
    frame, masked = masking.mask_frame(body.rows.select(list(columns)), judge, always)
    rows = body.rows.select("row_number").hstack(frame)
    numbers = body.rows["row_number"]
    findings = [
        Finding(
            hit.rule,
            "masked",
            body.match.table.sheet,
            numbers[hit.index],
            body.match.names[int(name[1:])],
            MASK,
            {"variant": "id"} if name in named and hit.rule == "masked_person_name" else {},
        )
        for name, hits in masked.items()
        for hit in hits
    ]
    findings += _masked_left(body, columns)
    return rows, sorted(findings, key=lambda f: (f.row_number or 0, f.column or ""))


def _masked_left(body: Body, columns: Mapping[str, Sequence[Column]]) -> list[Finding]:
    """Cells that still hold the mask that a marked workbook went back with: nobody has mended them."""
    plain = [name for name, meant in columns.items() if any(c.mask or c.type == "text" for c in meant)]
    left = {name: (body.rows[name].str.strip_chars() == MASK).arg_true() for name in plain}
    sheet, names, numbers = body.match.table.sheet, body.match.names, body.rows["row_number"]
    return [
        Finding("masked_left", "warning", sheet, numbers[index], names[int(name[1:])], MASK)
        for name, indexes in left.items()
        for index in indexes
    ]


def _known_texts(meant: Sequence[Column], source: Source) -> set[str]:
    """What may stand in role columns, whatever it looks like: roles, own concepts, mapped texts."""
    masked = [column for column in meant if column.mask == "role"]
    if not masked:
        return set()
    concepts, values = source.vocabulary.concepts, source.mapping.values if source.mapping else {}
    own = [concepts[column.concept] for column in masked if column.concept]
    rules = [rule for column in masked if column.name in values for rule in values[column.name].rules]
    return {*concepts["role"], *(text for index in own for text in index)} | {
        key(rule.value) for rule in rules if rule.value is not None
    }


def type_sheet(body: Body, rows: pl.DataFrame, source: Source) -> dict[str, pl.DataFrame]:
    """Typed frames by data set for one sheet (not for a survey's answers).

    rows: the masked rows; frames have row_number, and sheet as the first column.
    """
    sheet = body.match.sheet
    columns = (*sheet.columns, *sheet.flat)
    texts = {c.name: _without_masked_ids(c, column_text(body, rows, c, source)) for c in columns}
    typed: dict[str, pl.Series] = {}
    errors: dict[str, pl.Series] = {}
    for column in sheet.columns:
        typed[column.name], errors[column.name] = type_column(texts[column.name].read, column, source)
    for derived in sheet.derived:
        typed[derived.name], extra = _derive(derived, texts[derived.source].read, source)
        error = errors[derived.source]
        errors[derived.source] = error if extra is None else _first(error, extra)
    if sheet.dataset == "process":
        typed["process_id"] = _reference_by_name(typed["process_id"], texts, source)
    if sheet.dataset == "system":
        typed |= _product_and_vendor(typed, texts, source)
    frames = {sheet.dataset: _frame(body, rows, typed, {n: texts[n].raw for n in errors}, errors)}
    for column in sheet.flat:
        if column.name in body.match.targets:
            frames |= _flat_rows(body, rows, column, texts, source)
    return frames


def _without_masked_ids(column: Column, text: Text) -> Text:
    """A masked id tells nothing apart, so it is read as a blank one; a part of several is enough."""
    if column.mask != "id" or text.read.null_count() == len(text.read):
        return text
    parts = pl.lit(text.read).str.split("|").list.eval(pl.element().str.strip_chars())
    is_masked = parts.list.contains(MASK).fill_null(value=False)
    return Text(text.raw, pl.select(pl.when(~is_masked).then(pl.lit(text.read))).to_series())


def type_column(text: pl.Series, column: Column, source: Source) -> tuple[pl.Series, pl.Series]:
    """Typed values and rules of a contract column, both as long as the text."""
    if text.null_count() == len(text):
        return _nulls(column.dtype, len(text)), _nulls(pl.String(), len(text))
    if column.type == "text" and not column.is_multi:
        return cleaned(text), _nulls(pl.String(), len(text))
    return convert(text, _reader(text, column, source), column.dtype)


def empty_frame(schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """No rows, with the identity and typed columns."""
    return pl.DataFrame(schema={"sheet": pl.String(), "row_number": pl.Int64(), **schema})


def _reader(text: pl.Series, column: Column, source: Source) -> Reader:
    return reader_for(
        column,
        source.vocabulary.contract.words,
        likened(source, text),
        separators=separators_of(column, source),
        day_first=column.type == "date" and _is_day_first(text),
        dot_is_decimal=source.is_workbook,
    )


def separators_of(column: Column, source: Source) -> str:
    """What stands between the values of a multi-valued cell; values from a mapping are joined by our own."""
    mapping = source.mapping
    if mapping is None or column.name in mapping.values:
        return SEPARATORS
    return mapping.split.get(column.name, SEPARATORS)


def likened(source: Source, text: pl.Series) -> dict[str, ConceptNames]:
    """The concepts' names for a column: a column of very many different texts is read without likeness."""
    names = source.vocabulary.names
    if len(text) <= MOST_LIKENED or text.n_unique() <= MOST_LIKENED:
        return names
    return {concept: one.without_likeness for concept, one in names.items()}


def _is_day_first(text: pl.Series) -> bool:
    """Whether the column's dates with slashes must be day/month: one has a day above 12 in front."""
    slashed = [m for t in text.unique().drop_nulls().to_list() if "/" in t and (m := SLASHED.match(clean(t)))]
    return any(int(m[1]) > 12 for m in slashed) and not any(int(m[2]) > 12 for m in slashed)


def _columns_at(body: Body, index: int) -> list[Column]:
    """The contract columns that a column of the file feeds."""
    known = body.match.sheet.by_name
    return [known[t] for t, indexes in body.match.targets.items() if index in indexes and t in known]


# Derived columns


def _derive(derived: Derived, text: pl.Series, source: Source) -> tuple[pl.Series, pl.Series | None]:
    """A derived column, and rules to add to its source column's."""
    if text.null_count() == len(text) and derived.how != "is_absent":
        return _nulls(derived.dtype, len(text)), None
    words = source.vocabulary.contract.words
    if derived.how == "has_none":
        return convert(text, lambda t: _has_none(t, words.none, words.unknown), derived.dtype)
    if derived.how == "is_absent":
        values, _ = convert(text, lambda t: (key(t) in words.absent, None), derived.dtype)
        return values.fill_null(value=False), None
    return convert(text, _deriver(derived, text, source), derived.dtype)[0], None


def _deriver(derived: Derived, text: pl.Series, source: Source) -> Reader:
    """What reads a derived column out of one text of its source column."""
    words = source.vocabulary.contract.words
    if derived.how == "is_dated":
        read = _reader(text, Column(derived.source, "date", "", ""), source)
        return lambda t: _is_dated(t, read, words.no_date)
    if derived.how == "as_written":
        return lambda t: (None if key(t) in words.unknown or MASK in t else clean(t), None)
    if derived.how == "known_role":
        # Only by its name: a role that is merely like one would have to be told to the sender.
        roles = source.vocabulary.names["role"].without_likeness
        return lambda t: (roles.find(t), None)
    names = likened(source, text)[derived.how.removesuffix("_lookup")]
    return lambda t: (names.find(t), None)


def _is_dated(text: str, read: Reader, no_words: Iterable[str]) -> Result:
    if key(text) in no_words:
        return False, None
    return (True if read(text)[0] is not None else None), None


def _has_none(text: str, none_words: Iterable[str], unknown_words: Iterable[str]) -> Result:
    """``har ikke`` alone is none; beside systems it is a contradiction."""
    if key(text) in none_words:
        return True, None
    if key(text) in unknown_words or key(text) == MASK:
        return None, None
    says_none = {key(part) in none_words for part in re.split(SEPARATORS, text) if key(part)}
    if len(says_none) == 2:
        return None, "none_and_more"
    return (says_none == {True} if says_none else None), None


def _reference_by_name(given: pl.Series, texts: dict[str, Text], source: Source) -> pl.Series:
    """The reference process; where the column is blank, the one that the row's name equals."""
    text = texts["process_name"].read
    names = likened(source, text)["process"]
    named, _ = convert(text, lambda t: (names.find(t), None), pl.String())
    is_blank = texts["process_id"].read.is_null()
    return pl.select(pl.when(is_blank).then(named).otherwise(given)).to_series()


def _product_and_vendor(
    typed: dict[str, pl.Series], texts: dict[str, Text], source: Source
) -> dict[str, pl.Series]:
    """The product, where the column is blank the one that the system is called by; the vendor likewise.

    A system of another known vendor is not the product whose name it has. A blank vendor is the product's.
    """
    text = texts["system_name"].read
    names = likened(source, text)["product"]
    called, _ = convert(text, lambda t: (names.find(t), None), pl.String())
    seller = pl.col("called").replace_strict(source.vocabulary.vendors, default=None, return_dtype=pl.String)
    is_other = pl.col("vendor_id").is_not_null() & (pl.col("vendor_id") != seller)
    found = pl.DataFrame(
        {
            "product_id": typed["product_id"],
            "vendor_id": typed["vendor_id"],
            "called": called,
            "has_product": texts["product"].read.is_not_null(),
            "has_vendor": texts["vendor"].read.is_not_null(),
        }
    ).with_columns(
        product_id=pl.when("has_product")
        .then("product_id")
        .otherwise(pl.when(~is_other.fill_null(value=False)).then("called"))
    )
    own = pl.col("product_id").replace_strict(source.vocabulary.vendors, default=None, return_dtype=pl.String)
    found = found.with_columns(vendor_id=pl.when("has_vendor").then("vendor_id").otherwise(own))
    return {name: found[name] for name in ("product_id", "vendor_id")}


def _flat_rows(
    body: Body, rows: pl.DataFrame, column: Column, texts: dict[str, Text], source: Source
) -> dict[str, pl.DataFrame]:
    """One row of the other sheet per listed object: only known to be there (``x``).

    The system is named by its id where it has one, since two may share a name.
    """
    contract = source.vocabulary.contract
    sheet = contract.sheet_by_id[column.flat_sheet or ""]
    objects, _ = type_column(texts[column.name].read, column, source)
    listed = pl.DataFrame(
        {
            "row_number": rows["row_number"],
            "system_name__raw": _first(_raw_id(texts["system_id"]), texts["system_name"].raw),
            "data_object_name__raw": texts[column.name].raw,
            "system_name": cleaned(_first(texts["system_id"].read, texts["system_name"].read)),
            "data_object_name": objects,
        }
    )
    listed = listed.filter(pl.col("data_object_name").list.len() > 0).explode("data_object_name")
    if not listed.height:
        return {}
    names = likened(source, listed["data_object_name"])["data_object"]
    ids, _ = convert(listed["data_object_name"], lambda t: (names.find(t), None), pl.String())
    given: dict[str, pl.Series] = {
        "system_name": listed["system_name"],
        "data_object_name": listed["data_object_name"],
        "data_object_id": ids,
        "operations": pl.Series(["x"]).new_from_index(0, listed.height),
    }
    typed = {name: given.get(name, _nulls(t, listed.height)) for name, t in sheet.schema.items()}
    nulls = _nulls(pl.String(), listed.height)
    raws = {
        c.name: listed[f"{c.name}__raw"] if f"{c.name}__raw" in listed.columns else nulls
        for c in sheet.columns
    }
    return {sheet.dataset: _frame(body, listed, typed, raws, {c.name: nulls for c in sheet.columns})}


def _frame(
    body: Body,
    rows: pl.DataFrame,
    typed: dict[str, pl.Series],
    raws: dict[str, pl.Series],
    errors: dict[str, pl.Series],
) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "sheet": pl.Series([body.match.table.sheet], dtype=pl.String).new_from_index(0, rows.height),
        "row_number": rows["row_number"],
        **typed,
    }
    for name, error in errors.items():
        columns[f"{name}__raw"] = raws[name]
        columns[f"{name}__error"] = error
    return pl.DataFrame([series.alias(name) for name, series in columns.items()])


def _raw_id(text: Text) -> pl.Series:
    """An id as received, where it is read at all: a masked one is as good as blank."""
    return pl.select(pl.when(pl.lit(text.read).is_not_null()).then(pl.lit(text.raw))).to_series()


def _first(one: pl.Series, other: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(one, other)).to_series()


def _nulls(dtype: pl.DataType, length: int) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, length)
