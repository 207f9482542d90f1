//! The error type of slice data.

/// Why slice data could not be decoded. The coding tree unit at hand is lost; the caller goes on with the next
/// substream or slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A syntax element or derived variable has a value outside the range its semantics allow.
    #[error("{element} is {value}, outside {min}..={max}")]
    OutOfRange {
        /// The syntax element or variable, spelt as in the standard.
        element: &'static str,
        /// The value.
        value: i64,
        /// The smallest legal value.
        min: i64,
        /// The largest legal value.
        max: i64,
    },
    /// The data ended before the slice data did.
    #[error("slice data ends early")]
    UnexpectedEnd,
    /// A bit that announces the end of a substream does not come where the substream must end.
    #[error("{element} is {value} where it must be {}", !value)]
    Misplaced {
        /// The syntax element, spelt as in the standard.
        element: &'static str,
        /// Its value.
        value: bool,
    },
}

/// Shorthand for results of slice data.
pub type Result<T> = core::result::Result<T, Error>;

/// Checks `min <= value <= max`, naming `element` if not.
pub(crate) fn in_range(element: &'static str, value: i64, min: i64, max: i64) -> Result<()> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(Error::OutOfRange { element, value, min, max }) }
}
