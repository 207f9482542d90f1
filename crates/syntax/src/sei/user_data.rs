//! User data: registered by Rec. ITU-T T.35 (clauses D.2.6 and D.3.6) and unregistered (D.2.7 and D.3.7).

use crate::bits::BitWriter;
use crate::error::{Error, Result};

/// user_data_registered_itu_t_t35(): captions, dynamic HDR metadata and the like.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserDataRegistered {
    /// itu_t_t35_country_code, 0..=254; 0xff stands before an extension byte.
    pub country_code: u8,
    /// itu_t_t35_country_code_extension_byte; counts only with country code 0xff.
    pub country_code_extension: u8,
    /// itu_t_t35_payload_byte, which begins with a provider code.
    pub payload: Vec<u8>,
}

impl UserDataRegistered {
    pub(super) fn parse(data: &[u8]) -> Result<Self> {
        let (country_code, country_code_extension, payload) = match data {
            [0xff, extension, payload @ ..] => (0xff, *extension, payload),
            [0xff] | [] => return Err(Error::UnexpectedEnd { structure: "user_data_registered_itu_t_t35" }),
            [country_code, payload @ ..] => (*country_code, 0, payload),
        };
        Ok(Self { country_code, country_code_extension, payload: payload.to_vec() })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.country_code.into(), 8);
        if self.country_code == 0xff {
            w.write_bits(self.country_code_extension.into(), 8);
        }
        w.write_bytes(&self.payload);
    }
}

/// user_data_unregistered(): anything, told apart by a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserDataUnregistered {
    /// uuid_iso_iec_11578.
    pub uuid: [u8; 16],
    /// user_data_payload_byte.
    pub payload: Vec<u8>,
}

impl UserDataUnregistered {
    pub(super) fn parse(data: &[u8]) -> Result<Self> {
        let (uuid, payload) =
            data.split_first_chunk().ok_or(Error::UnexpectedEnd { structure: "user_data_unregistered" })?;
        Ok(Self { uuid: *uuid, payload: payload.to_vec() })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_bytes(&self.uuid);
        w.write_bytes(&self.payload);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::prefix_round_trips};
    use super::*;

    #[test]
    fn round_trip() {
        for (country_code, country_code_extension) in [(0xb5, 0), (0xff, 7)] {
            for payload in [vec![], vec![0, 0, 1], vec![0x80; 400]] {
                let registered = UserDataRegistered { country_code, country_code_extension, payload };
                prefix_round_trips(SeiPayload::UserDataRegistered(registered));
            }
        }
        let unregistered = UserDataUnregistered { uuid: [0xab; 16], payload: b"settings".to_vec() };
        prefix_round_trips(SeiPayload::UserDataUnregistered(unregistered));
    }

    #[test]
    fn short_payloads_are_errors() {
        assert!(UserDataRegistered::parse(&[]).is_err());
        assert!(UserDataRegistered::parse(&[0xff]).is_err());
        assert!(UserDataUnregistered::parse(&[0; 15]).is_err());
    }
}
