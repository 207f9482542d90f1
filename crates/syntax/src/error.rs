//! The one error type of this crate.

/// Why a syntax structure could not be read.
///
/// Every variant names the syntax element, structure or limit concerned, spelt as in the standard, so that
/// a message is enough to find the clause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A syntax element has a value outside the range its semantics allow.
    #[error("{element} is {value}, outside {min}..={max}")]
    OutOfRange {
        /// The syntax element.
        element: &'static str,
        /// The value read.
        value: i64,
        /// The smallest legal value.
        min: i64,
        /// The largest legal value.
        max: i64,
    },
    /// A syntax element or structure contradicts the standard in a way no single range expresses.
    #[error("{element}: {what}")]
    Malformed {
        /// The syntax element or structure.
        element: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The stream uses something this library does not implement.
    #[error("not supported: {feature}")]
    Unsupported {
        /// The feature.
        feature: &'static str,
    },
    /// The data ended inside a syntax structure.
    #[error("data ends inside {structure}")]
    UnexpectedEnd {
        /// The syntax structure being read.
        structure: &'static str,
    },
    /// A parameter set is referred to that was never received.
    #[error("{kind} {id} was not received")]
    MissingParameterSet {
        /// "VPS", "SPS" or "PPS".
        kind: &'static str,
        /// The id referred to.
        id: u8,
    },
    /// A resource limit set by the caller would be exceeded.
    #[error("{which}: {asked} exceeds the limit {allowed}")]
    Limit {
        /// The limit.
        which: &'static str,
        /// What the stream asks for.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Checks `min <= value <= max`, naming `element` if not.
pub(crate) fn in_range(element: &'static str, value: i64, min: i64, max: i64) -> Result<()> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(Error::OutOfRange { element, value, min, max }) }
}
