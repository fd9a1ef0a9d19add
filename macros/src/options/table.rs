//! What an option is, and the macro that turns the table of them into a type.

use proc_macro2::Ident;
use syn::parse::ParseStream;

/// One line of the table.
pub(crate) struct Row {
    /// The option's name, and other names that mean the same.
    pub(crate) names: &'static [&'static str],
    /// How it is written, for messages.
    pub(crate) example: &'static str,
    pub(crate) conflicts: &'static [Conflict],
}

/// Two options that cannot stand together.
pub(crate) struct Conflict {
    pub(crate) with: &'static str,
    pub(crate) why: &'static str,
}

/// A value with the name it was given to, so that errors can underline the name.
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// What can stand behind an option's name.
pub(crate) trait Value: Sized {
    /// Reads everything that follows the name.
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self>;
}

/// The options of one attribute, as written.
pub(crate) trait Options: Default {
    const TABLE: &'static [Row];

    /// Reads the value of the option in line `row` and files it.
    /// Gives back the name under which it was filed before, if any: the first one stays.
    fn file(
        &mut self,
        row: usize,
        key: Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<Option<Ident>>;

    /// The options that were written: line of the table, and name as written.
    fn written(&self) -> Vec<(&'static Row, &Ident)>;

    fn row(name: &str) -> Option<usize> {
        Self::TABLE.iter().position(|row| row.names.contains(&name))
    }
}

/// Declares the options of an attribute: one line each, nothing about an option elsewhere.
macro_rules! options {
    (
        $(#[$docs:meta])*
        $Set:ident {
            $(
                $field:ident: $Value:ty = $name:literal $(or $alias:literal)*, $example:literal
                $(, not with { $($with:literal: $why:literal),+ $(,)? })?;
            )+
        }
    ) => {
        $(#[$docs])*
        #[derive(Default)]
        pub(crate) struct $Set {
            $(pub(crate) $field: Option<$crate::options::table::Keyed<$Value>>,)+
        }

        impl $crate::options::table::Options for $Set {
            const TABLE: &'static [$crate::options::table::Row] = &[
                $($crate::options::table::Row {
                    names: &[$name $(, $alias)*],
                    example: $example,
                    conflicts: &[
                        $($($crate::options::table::Conflict { with: $with, why: $why },)+)?
                    ],
                },)+
            ];

            fn file(
                &mut self,
                row: usize,
                key: ::proc_macro2::Ident,
                input: ::syn::parse::ParseStream<'_>,
            ) -> ::syn::Result<Option<::proc_macro2::Ident>> {
                let row = &Self::TABLE[row];
                $(if row.names[0] == $name {
                    return $crate::options::table::fill(&mut self.$field, row, key, input);
                })+
                Ok(None)
            }

            fn written(
                &self,
            ) -> Vec<(&'static $crate::options::table::Row, &::proc_macro2::Ident)> {
                let keys = [$(self.$field.as_ref().map(|option| &option.key),)+];
                Self::TABLE.iter().zip(keys).filter_map(|(row, key)| Some((row, key?))).collect()
            }
        }
    };
}
pub(crate) use options;

/// Reads a value into its place. A second value is read too, for its own errors, and dropped.
pub(crate) fn fill<T: Value>(
    place: &mut Option<Keyed<T>>,
    row: &'static Row,
    key: Ident,
    input: ParseStream<'_>,
) -> syn::Result<Option<Ident>> {
    let value = T::parse(row, &key, input)?;
    if let Some(first) = place {
        return Ok(Some(first.key.clone()));
    }
    *place = Some(Keyed { key, value });
    Ok(None)
}
