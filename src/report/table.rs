//! What a table of output is: a file, and a list of columns that say all there is to say of them.
//!
//! A column's name, unit, meaning, type and contents stand together in one declaration. The header of
//! the file, its section in `output/README.md`, the types in Parquet and the tests all come from it, so a
//! new column is one entry at the end of its table's list.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::report::cells::Line;
use crate::report::names::Names;
use crate::units::SimTime;

/// A kind of row: what the cells of a table are made from.
pub trait RowType: 'static {
    /// The row, with whatever it borrows.
    type Of<'a>;
}

/// Rows that say all by themselves.
#[derive(Debug)]
pub struct Plain<R>(PhantomData<R>);

impl<R: 'static> RowType for Plain<R> {
    type Of<'a> = R;
}

/// Rows that refer to nodes and channels by their ids, with the names beside them.
#[derive(Debug)]
pub struct WithNames<R>(PhantomData<R>);

impl<R: 'static> RowType for WithNames<R> {
    type Of<'a> = Named<'a, R>;
}

/// A row, and the names of the nodes and channels in it.
#[derive(Debug)]
pub struct Named<'a, R> {
    /// The row.
    pub row: &'a R,
    /// The names.
    pub names: &'a Names,
}

impl<R> Deref for Named<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.row
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// A whole number that may be negative.
    Signed,
    /// A number; a moment in seconds is one too.
    Number,
    /// Text.
    Text,
}

/// Makes a value from a row.
type Get<R, V> = for<'a> fn(&<R as RowType>::Of<'a>) -> V;

/// Makes text from a row.
type GetText<R> = for<'a, 'r> fn(&'r <R as RowType>::Of<'a>) -> &'r str;

/// Makes text from a row, where there is any.
type GetTextOr<R> = for<'a, 'r> fn(&'r <R as RowType>::Of<'a>) -> Option<&'r str>;

/// Writes all cells of a group of columns.
type Fill<R> = for<'a> fn(&<R as RowType>::Of<'a>, &mut Line);

/// How a cell is filled; those that end in `Or` may stay empty.
enum Cell<R: RowType> {
    Count(Get<R, u64>),
    CountOr(Get<R, Option<u64>>),
    Signed(Get<R, i64>),
    SignedOr(Get<R, Option<i64>>),
    Time(Get<R, SimTime>),
    TimeOr(Get<R, Option<SimTime>>),
    Number(Get<R, f64>),
    NumberOr(Get<R, Option<f64>>),
    Flag(Get<R, bool>),
    FlagOr(Get<R, Option<bool>>),
    Text(GetText<R>),
    TextOr(GetTextOr<R>),
    Made(Get<R, String>),
    Group(Fill<R>),
}

/// A column of a table, or a group of columns whose names only the table's contents tell.
pub struct Column<R: RowType> {
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    empty: &'static str,
    kind: Kind,
    cell: Cell<R>,
}

/// What a column that is never empty says about that.
const NEVER: &str = "never";

impl<R: RowType> Column<R> {
    const fn new(
        [name, unit, meaning, empty]: [&'static str; 4],
        kind: Kind,
        cell: Cell<R>,
    ) -> Self {
        Self { name, unit, meaning, empty, kind, cell }
    }

    /// A whole number.
    pub(crate) const fn count(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: Get<R, u64>,
    ) -> Self {
        Self::new([name, unit, meaning, NEVER], Kind::Count, Cell::Count(get))
    }

    /// A whole number that may be missing.
    pub(crate) const fn count_or(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: Get<R, Option<u64>>,
    ) -> Self {
        Self::new([name, unit, meaning, empty], Kind::Count, Cell::CountOr(get))
    }

    /// A whole number that may be negative.
    pub(crate) const fn signed(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: Get<R, i64>,
    ) -> Self {
        Self::new([name, unit, meaning, NEVER], Kind::Signed, Cell::Signed(get))
    }

    /// A whole number that may be negative, and may be missing.
    pub(crate) const fn signed_or(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: Get<R, Option<i64>>,
    ) -> Self {
        Self::new([name, unit, meaning, empty], Kind::Signed, Cell::SignedOr(get))
    }

    /// A moment, in seconds since the start of the run.
    pub(crate) const fn time(
        name: &'static str,
        meaning: &'static str,
        get: Get<R, SimTime>,
    ) -> Self {
        Self::new([name, "s", meaning, NEVER], Kind::Number, Cell::Time(get))
    }

    /// A moment that may never come.
    pub(crate) const fn time_or(
        name: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: Get<R, Option<SimTime>>,
    ) -> Self {
        Self::new([name, "s", meaning, empty], Kind::Number, Cell::TimeOr(get))
    }

    /// A number; one that is not finite leaves the cell empty.
    pub(crate) const fn number(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: Get<R, f64>,
    ) -> Self {
        Self::new([name, unit, meaning, NEVER], Kind::Number, Cell::Number(get))
    }

    /// A number that may be missing.
    pub(crate) const fn number_or(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: Get<R, Option<f64>>,
    ) -> Self {
        Self::new([name, unit, meaning, empty], Kind::Number, Cell::NumberOr(get))
    }

    /// `true` or `false`.
    pub(crate) const fn flag(name: &'static str, meaning: &'static str, get: Get<R, bool>) -> Self {
        Self::new([name, "true, false", meaning, NEVER], Kind::Flag, Cell::Flag(get))
    }

    /// `true` or `false`, which may be missing.
    pub(crate) const fn flag_or(
        name: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: Get<R, Option<bool>>,
    ) -> Self {
        Self::new([name, "true, false", meaning, empty], Kind::Flag, Cell::FlagOr(get))
    }

    /// Text.
    pub(crate) const fn text(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: GetText<R>,
    ) -> Self {
        Self::new([name, unit, meaning, NEVER], Kind::Text, Cell::Text(get))
    }

    /// Text that may be missing.
    pub(crate) const fn text_or(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        empty: &'static str,
        get: GetTextOr<R>,
    ) -> Self {
        Self::new([name, unit, meaning, empty], Kind::Text, Cell::TextOr(get))
    }

    /// Text that is put together for the cell.
    pub(crate) const fn text_made(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: Get<R, String>,
    ) -> Self {
        Self::new([name, unit, meaning, NEVER], Kind::Text, Cell::Made(get))
    }

    /// Columns whose names and number depend on the run; `name` stands for all of them.
    pub(crate) const fn group(
        name: &'static str,
        meaning: &'static str,
        empty: &'static str,
        fill: Fill<R>,
    ) -> Self {
        Self::new([name, "", meaning, empty], Kind::Number, Cell::Group(fill))
    }

    /// Writes its cell of a row.
    fn write(&self, row: &R::Of<'_>, line: &mut Line) {
        match self.cell {
            Cell::Count(get) => line.number(get(row)),
            Cell::CountOr(get) => line.maybe(get(row), Line::number),
            Cell::Signed(get) => line.signed(get(row)),
            Cell::SignedOr(get) => line.maybe(get(row), Line::signed),
            Cell::Time(get) => line.time(get(row)),
            Cell::TimeOr(get) => line.maybe(get(row), Line::time),
            Cell::Number(get) => line.fraction(get(row)),
            Cell::NumberOr(get) => line.maybe(get(row), Line::fraction),
            Cell::Flag(get) => line.flag(get(row)),
            Cell::FlagOr(get) => line.maybe(get(row), Line::flag),
            Cell::Text(get) => line.text(get(row)),
            Cell::TextOr(get) => line.maybe(get(row), Line::text),
            Cell::Made(get) => line.text(&get(row)),
            Cell::Group(fill) => fill(row, line),
        }
    }
}

/// A table of output.
pub struct Table<R: RowType> {
    /// Its file.
    pub file: &'static str,
    /// What tells it from others: the heading of its section in `output/README.md`.
    pub heading: &'static str,
    /// One row per what, and whatever holds of all rows.
    pub about: &'static str,
    /// Its columns, in lists that follow each other.
    pub columns: &'static [&'static [Column<R>]],
}

impl<R: RowType> Table<R> {
    fn columns(&self) -> impl Iterator<Item = &Column<R>> {
        self.columns.iter().copied().flatten()
    }

    /// Writes the cells of a row.
    pub(crate) fn write(&self, row: &R::Of<'_>, line: &mut Line) {
        self.columns().for_each(|column| column.write(row, line));
    }

    /// Writes the cells of the header; `names` has the names of groups of columns.
    pub(crate) fn write_header(&self, line: &mut Line, names: impl Fn(&str) -> Vec<String>) {
        for column in self.columns() {
            match column.cell {
                Cell::Group(_) => names(column.name).iter().for_each(|name| line.text(name)),
                _ => line.text(column.name),
            }
        }
    }
}

/// What a column says of itself, whatever its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name; of a group of columns, what stands for all their names.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What a cell says.
    pub meaning: &'static str,
    /// When a cell is empty.
    pub empty: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it stands for a group of columns.
    pub is_group: bool,
}

/// A table whatever its rows are: for lists of tables.
pub trait Declared: Sync {
    /// Its file.
    fn file(&self) -> &'static str;
    /// The heading of its section in `output/README.md`.
    fn heading(&self) -> &'static str;
    /// One row per what.
    fn about(&self) -> &'static str;
    /// Its columns, in their order.
    fn described(&self) -> Vec<Described>;
    /// The first line of its file, where all names are known before the run.
    fn header(&self) -> String {
        let names: Vec<_> = self.described().iter().map(|column| column.name).collect();
        names.join(",") + "\n"
    }
}

impl<R: RowType> Declared for Table<R> {
    fn file(&self) -> &'static str {
        self.file
    }

    fn heading(&self) -> &'static str {
        self.heading
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn described(&self) -> Vec<Described> {
        let of = |column: &Column<R>| Described {
            name: column.name,
            unit: column.unit,
            meaning: column.meaning,
            empty: column.empty,
            kind: column.kind,
            is_group: matches!(column.cell, Cell::Group(_)),
        };
        self.columns().map(of).collect()
    }
}
