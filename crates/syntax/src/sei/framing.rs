//! sei_rbsp() and sei_message() (clauses 7.3.2.4 and 7.3.5): payload type and size, each in bytes of which 255
//! means "and more".

use crate::bits::BitWriter;
use crate::error::{Error, Result};

/// One SEI message, its payload not yet read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeiMessage<'a> {
    /// payloadType.
    pub payload_type: u32,
    /// The payloadSize bytes of the payload.
    pub data: &'a [u8],
}

/// Iterates over the messages of an SEI RBSP. After an error the iteration ends.
#[derive(Debug, Clone)]
pub struct SeiMessages<'a> {
    rest: &'a [u8],
}

impl<'a> SeiMessages<'a> {
    /// The messages of `rbsp`.
    pub fn new(rbsp: &'a [u8]) -> Self {
        // What follows the last message is the stop bit, a byte of its own, then zeros at most.
        let end = rbsp.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
        let rest = &rbsp[..end];
        Self { rest: rest.strip_suffix(&[0x80]).unwrap_or(rest) }
    }

    /// A number in the form of last_payload_type_byte and last_payload_size_byte.
    fn number(&mut self) -> Option<u32> {
        let more = self.rest.iter().position(|&b| b != 0xff)?;
        let number = 255u32.checked_mul(u32::try_from(more).ok()?)?.checked_add(self.rest[more].into())?;
        self.rest = &self.rest[more + 1..];
        Some(number)
    }

    fn message(&mut self) -> Option<SeiMessage<'a>> {
        let payload_type = self.number()?;
        let size = usize::try_from(self.number()?).ok()?;
        let (data, rest) = self.rest.split_at_checked(size)?;
        self.rest = rest;
        Some(SeiMessage { payload_type, data })
    }
}

impl<'a> Iterator for SeiMessages<'a> {
    type Item = Result<SeiMessage<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let message = self.message();
        if message.is_none() {
            self.rest = &[];
        }
        Some(message.ok_or(Error::UnexpectedEnd { structure: "sei_message" }))
    }
}

/// 7.3.2.4: writes an SEI RBSP of messages given as payload type and payload bytes, trailing bits included.
pub fn write_sei(w: &mut BitWriter, messages: impl IntoIterator<Item = (u32, Vec<u8>)>) {
    let number = |w: &mut BitWriter, value: u32| {
        (0..value / 255).for_each(|_| w.write_bits(0xff, 8));
        w.write_bits(value % 255, 8);
    };
    for (payload_type, data) in messages {
        number(w, payload_type);
        number(w, data.len() as u32);
        w.write_bytes(&data);
    }
    w.write_trailing_bits();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(messages in prop::collection::vec((0u32..1000, prop::collection::vec(any::<u8>(), 0..600)), 1..4)) {
            let mut w = BitWriter::new();
            write_sei(&mut w, messages.clone());
            let rbsp = w.into_bytes();
            let read: Vec<_> = SeiMessages::new(&rbsp).map(|m| m.unwrap()).map(|m| (m.payload_type, m.data.to_vec())).collect();
            prop_assert_eq!(read, messages);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xff)], 0..60)) {
            let count = SeiMessages::new(&bytes).count();
            prop_assert!(count <= bytes.len());
        }
    }

    #[test]
    fn a_payload_longer_than_the_unit_is_an_error() {
        let mut messages = SeiMessages::new(&[5, 9, 1, 2, 3, 0x80]);
        assert!(messages.next().unwrap().is_err());
        assert!(messages.next().is_none());
    }
}
