//! The macros that declare keys: [`params!`], [`choices!`] and [`words!`].
//!
//! A key is a field: its doc comment is the meaning, what stands behind `=` says how it is read.
//!
//! | written | the key |
//! | --- | --- |
//! | `or(DEFAULT, KIND)` | has a default |
//! | `required(KIND)` | must be written |
//! | `optional(KIND, "…")` | may be absent, which means what the text says |
//! | `table()` | a table of a struct declared with `params!` |
//! | `optional_table(STRUCT, "…")` | the same in an `Option`; the text says what absence means |
//! | `tables(STRUCT)` | an array of such tables, in a `Vec` |
//! | `choice("…")` | one alternative of an enum declared with `choices!`; the name of the default |
//! | `required_choice()` | the same, and it must be written |
//! | `flatten()`, `flatten(START)` | no key: the keys of that struct stand in this table |
//! | `with(START, FUNCTION)` | read by the function, which is given the section and the key |
//!
//! `field: Type as "name" = …` gives the key another name than the field. After the struct,
//! `check FUNCTION;` names a function that holds rules between keys against what was read.

use crate::declare::section::Section;

/// A table whose keys are declared.
pub(crate) trait Declared: Sized {
    /// Every default; for keys that must be written, some valid value.
    fn start() -> Self;
    /// Reads the table. Keys that are not written keep their value in `start`.
    fn read_over(s: &mut Section<'_, '_>, start: Self) -> Self;
    /// Reads the table.
    fn read(s: &mut Section<'_, '_>) -> Self {
        Self::read_over(s, Self::start())
    }
}

/// A closed list of words.
pub(crate) trait Worded: Copy + PartialEq + 'static {
    /// Word, value and meaning, the usual one first.
    const WORDS: &'static [(&'static str, Self, &'static str)];
    /// The word of a value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value, _)| *value == self).map_or("", |(word, ..)| word)
    }
}

/// Declares a struct and its table of a scenario. See the module for the ways to declare a key.
macro_rules! params {
    (
        $(#[doc = $about:literal])*
        #[derive($($derive:ident),* $(,)?)]
        $(#[$more:meta])*
        pub struct $name:ident $(: $default:ident)? {
            $(
                $(#[doc = $doc:literal])*
                $field:ident : $ty:ty $(as $key:literal)? = $mode:ident ($($spec:tt)*)
            ),* $(,)?
        }
        $(check $check:path;)?
    ) => {
        $(#[doc = $about])*
        #[derive($($derive),*)]
        $(#[$more])*
        pub struct $name {
            $(
                $(#[doc = $doc])*
                #[doc = ""]
                #[doc = $crate::declare::how_doc!($mode; $($spec)*)]
                pub $field: $ty
            ),*
        }

        impl $crate::declare::Declared for $name {
            fn start() -> Self {
                Self { $($field: $crate::declare::start_value!($mode $ty; $($spec)*)),* }
            }
            fn read_over(s: &mut $crate::declare::Section<'_, '_>, start: Self) -> Self {
                let _ = &start;
                $(
                    let key = $crate::declare::Key::new(
                        $crate::declare::key_name!($field $($key)?),
                        concat!($($doc, "\n"),*),
                    );
                    let $field: $ty = $crate::declare::read_key!(s, key, start.$field, $mode $ty; $($spec)*);
                )*
                let read = Self { $($field),* };
                $($check(&read, s);)?
                read
            }
        }

        $(
            impl $default for $name {
                fn default() -> Self {
                    <Self as $crate::declare::Declared>::start()
                }
            }
        )?
    };
}

/// Declares an enum and the alternatives of a choice, each a table named after it. A variant's fields are
/// keys, declared as in [`params!`]; behind it stand its name and, after `check`, a function for rules.
macro_rules! choices {
    (
        $(#[doc = $about:literal])*
        #[derive($($derive:ident),* $(,)?)]
        $(#[$more:meta])*
        pub enum $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $variant:ident
                $({
                    $(
                        $(#[doc = $fdoc:literal])*
                        $field:ident : $ty:ty $(as $key:literal)? = $mode:ident ($($spec:tt)*)
                    ),* $(,)?
                })?
                $((
                    $(
                        $(#[doc = $tdoc:literal])*
                        $tfield:ident : $tty:ty = $tmode:ident ($($tspec:tt)*)
                    ),* $(,)?
                ))?
                = $label:literal $(check $check:path)?
            ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive($($derive),*)]
        $(#[$more])*
        pub enum $name {
            $(
                $(#[doc = $doc])*
                $variant
                $({ $(
                    $(#[doc = $fdoc])*
                    #[doc = ""]
                    #[doc = $crate::declare::how_doc!($mode; $($spec)*)]
                    $field: $ty
                ),* })?
                $(( $($(#[doc = $tdoc])* $tty),* ))?
            ),*
        }

        impl $crate::declare::Choice for $name {
            const ALTERNATIVES: &'static [$crate::declare::Alternative<Self>] = &[$(
                $crate::declare::Alternative {
                    name: $label,
                    meaning: concat!($($doc, "\n"),*),
                    start: || Self::$variant
                        $({ $($field: $crate::declare::start_value!($mode $ty; $($spec)*)),* })?
                        $(( $($crate::declare::start_value!($tmode $tty; $($tspec)*)),* ))?,
                    read: |s| {
                        let _ = &s;
                        $($(
                            let key = $crate::declare::Key::new(
                                $crate::declare::key_name!($field $($key)?),
                                concat!($($fdoc, "\n"),*),
                            );
                            let $field: $ty = $crate::declare::read_key!(
                                s, key, $crate::declare::start_value!($mode $ty; $($spec)*),
                                $mode $ty; $($spec)*
                            );
                        )*)?
                        $($(
                            let key =
                                $crate::declare::Key::new(stringify!($tfield), concat!($($tdoc, "\n"),*));
                            let $tfield: $tty = $crate::declare::read_key!(
                                s, key, $crate::declare::start_value!($tmode $tty; $($tspec)*),
                                $tmode $tty; $($tspec)*
                            );
                        )*)?
                        let read = Self::$variant $({ $($field),* })? $(( $($tfield),* ))?;
                        $($check(&read, s);)?
                        read
                    },
                }
            ),*];
        }
    };
}

/// Declares an enum whose values are words of a scenario.
macro_rules! words {
    (
        $(#[doc = $about:literal])*
        #[derive($($derive:ident),* $(,)?)]
        $(#[$more:meta])*
        pub enum $name:ident {
            $($(#[doc = $doc:literal])* $variant:ident = $word:literal),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive($($derive),*)]
        $(#[$more])*
        pub enum $name {
            $($(#[doc = $doc])* $variant),*
        }

        impl $crate::declare::Worded for $name {
            const WORDS: &'static [(&'static str, Self, &'static str)] =
                &[$(($word, Self::$variant, concat!($($doc, "\n"),*))),*];
        }
    };
}

/// The name of a key: that of its field, or the one given.
macro_rules! key_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// What stands for a key while nothing is read.
macro_rules! start_value {
    (or $ty:ty; $default:expr, $kind:expr $(,)?) => {
        $default
    };
    (required $ty:ty; $kind:expr $(,)?) => {
        $crate::declare::kind::Kind::stand_in(&$kind)
    };
    (optional $ty:ty; $($spec:tt)*) => {
        None
    };
    (table $ty:ty;) => {
        <$ty as $crate::declare::Declared>::start()
    };
    (flatten $ty:ty;) => {
        <$ty as $crate::declare::Declared>::start()
    };
    (flatten $ty:ty; $start:expr) => {
        $start
    };
    (optional_table $ty:ty; $($spec:tt)*) => {
        None
    };
    (tables $ty:ty; $($spec:tt)*) => {
        Vec::new()
    };
    (choice $ty:ty; $default:literal) => {
        <$ty as $crate::declare::Choice>::start($default)
    };
    (required_choice $ty:ty;) => {
        (<$ty as $crate::declare::Choice>::ALTERNATIVES[0].start)()
    };
    (with $ty:ty; $start:expr, $read:expr $(,)?) => {
        $start
    };
}

/// Reads a key in one of the ways of the module's table.
macro_rules! read_key {
    ($s:ident, $key:ident, $start:expr, or $ty:ty; $default:expr, $kind:expr $(,)?) => {
        $s.or($key, &$kind, $start)
    };
    ($s:ident, $key:ident, $start:expr, required $ty:ty; $kind:expr $(,)?) => {
        $s.required($key, &$kind)
    };
    ($s:ident, $key:ident, $start:expr, optional $ty:ty; $kind:expr, $absent:literal $(,)?) => {
        $s.optional($key, &$kind, $absent)
    };
    ($s:ident, $key:ident, $start:expr, table $ty:ty;) => {
        $s.table($key, |s| <$ty as $crate::declare::Declared>::read_over(s, $start))
    };
    ($s:ident, $key:ident, $start:expr, flatten $ty:ty; $($unused:expr)?) => {{
        let _ = $key;
        <$ty as $crate::declare::Declared>::read_over($s, $start)
    }};
    ($s:ident, $key:ident, $start:expr, optional_table $ty:ty; $inner:ty, $absent:literal $(,)?) => {
        $s.optional_table($key, $absent, <$inner as $crate::declare::Declared>::read)
    };
    ($s:ident, $key:ident, $start:expr, tables $ty:ty; $inner:ty) => {
        $s.tables($key, <$inner as $crate::declare::Declared>::read)
    };
    ($s:ident, $key:ident, $start:expr, choice $ty:ty; $default:literal) => {
        $s.choice($key, <$ty as $crate::declare::Choice>::ALTERNATIVES, Some($default))
    };
    ($s:ident, $key:ident, $start:expr, required_choice $ty:ty;) => {
        $s.choice($key, <$ty as $crate::declare::Choice>::ALTERNATIVES, None)
    };
    ($s:ident, $key:ident, $start:expr, with $ty:ty; $unused:expr, $read:expr $(,)?) => {
        $read($s, $key)
    };
}

/// How a key is read, for its documentation in Rust.
macro_rules! how_doc {
    (or; $default:expr, $kind:expr $(,)?) => {
        concat!("Default: `", stringify!($default), "`.")
    };
    (required; $($spec:tt)*) => {
        "Must be given in a scenario."
    };
    (optional; $kind:expr, $absent:literal $(,)?) => {
        concat!("`None`: ", $absent, ".")
    };
    (optional_table; $inner:ty, $absent:literal $(,)?) => {
        concat!("`None`: ", $absent, ".")
    };
    (choice; $default:literal) => {
        concat!("Default: `", $default, "`.")
    };
    ($mode:ident; $($spec:tt)*) => {
        ""
    };
}

pub(crate) use {choices, how_doc, key_name, params, read_key, start_value, words};
