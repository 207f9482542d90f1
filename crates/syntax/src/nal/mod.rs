//! NAL units: header, types, and the two ways of putting them one after the other (clause 7.3.1, annex B,
//! and length prefixes as ISO/IEC 14496-15 uses them).

mod byte_stream;
mod delimiter;
mod length_prefixed;
mod unit;

pub use byte_stream::{ByteStreamSplitter, NalUnits, StartCode, write_annex_b};
pub use delimiter::{PicType, filler_data_rbsp};
pub use length_prefixed::{LengthPrefixedUnits, LengthSize, write_length_prefixed};
pub use unit::{NalHeader, NalUnitType, write_nal_unit};
