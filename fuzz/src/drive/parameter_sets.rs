//! The syntax structures before slice data: what is read can be written, and reads the same again.

use super::session::MAX_LUMA_SAMPLES;
use rivus_syntax::Result;
use rivus_syntax::bits::{BitWriter, Rbsp};
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};
use rivus_syntax::ps::{ActivePps, ParameterSetStore, Pps, Sps, Vps};
use rivus_syntax::sei::{BufferingPeriod, SeiMessages};
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentHeader, SliceSegmentStart};

/// Reads all VPS, SPS, PPS, SEI and slice segment headers of a byte stream. What can be read is written and read again:
/// both must be equal, unless the first held extension data, which is not kept.
pub fn parameter_sets(data: &[u8]) {
    let mut reader = Reader::default();
    let mut rbsp = Rbsp::new();
    for range in NalUnits::new(data) {
        if let Ok((nal, payload)) = NalHeader::parse(&data[range]) {
            rbsp.unescape(payload);
            // Structures that cannot be read are refused; that this happens without a panic is what is tested.
            let _refused = reader.unit(nal, &rbsp);
        }
    }
}

#[derive(Default)]
struct Reader {
    store: ParameterSetStore,
    active: Option<ActivePps>,
    previous: Option<SliceSegmentHeader>,
    /// The SPS that SEI messages refer to.
    sei_sps_id: u8,
}

impl Reader {
    fn unit(&mut self, nal: NalHeader, rbsp: &Rbsp) -> Result<()> {
        let bytes = rbsp.bytes();
        match nal.nal_unit_type {
            NalUnitType::VPS_NUT => {
                let vps = Vps::parse(bytes)?;
                let again = Vps::parse(&vps.to_rbsp()).expect("a written VPS");
                assert_eq!(again, Vps { vps_extension_flag: false, ..vps.clone() });
                self.store.put_vps(vps);
            }
            NalUnitType::SPS_NUT => {
                let sps = Sps::parse(bytes)?;
                let again = Sps::parse(&sps.to_rbsp()).expect("a written SPS");
                assert_eq!(again, Sps { has_ignored_extension_data: false, ..sps.clone() });
                let size =
                    u64::from(sps.pic_width_in_luma_samples) * u64::from(sps.pic_height_in_luma_samples);
                // Decoders check the size before they derive tables from it.
                if size <= MAX_LUMA_SAMPLES {
                    self.sei_sps_id = sps.sps_seq_parameter_set_id;
                    self.store.put_sps(sps);
                }
            }
            NalUnitType::PPS_NUT => {
                let pps = Pps::parse(bytes)?;
                let again = Pps::parse(&pps.to_rbsp()).expect("a written PPS");
                assert_eq!(again, Pps { has_ignored_extension_data: false, ..pps.clone() });
                self.store.put_pps(pps);
            }
            NalUnitType::PREFIX_SEI_NUT | NalUnitType::SUFFIX_SEI_NUT => self.sei(nal, bytes)?,
            _ if nal.nal_unit_type.is_slice() => self.slice(nal, rbsp)?,
            _ => {}
        }
        Ok(())
    }

    fn sei(&mut self, nal: NalHeader, rbsp: &[u8]) -> Result<()> {
        for message in SeiMessages::new(rbsp) {
            let message = message?;
            if message.payload_type == 0 {
                self.sei_sps_id = BufferingPeriod::sps_id(message.data)?;
            }
            let sps = self.store.sps(self.sei_sps_id).cloned();
            let (Ok(payload), Some(sps)) = (message.decode(nal.nal_unit_type, sps.as_deref()), sps) else {
                continue;
            };
            let bytes = payload.to_bytes(&sps);
            let written = rivus_syntax::sei::SeiMessage { data: &bytes, ..message };
            assert_eq!(written.decode(nal.nal_unit_type, Some(&sps)), Ok(payload));
        }
        Ok(())
    }

    fn slice(&mut self, nal: NalHeader, rbsp: &Rbsp) -> Result<()> {
        let start = SliceSegmentStart::parse(rbsp.bytes(), nal)?;
        if start.first_slice_segment_in_pic_flag {
            (self.active, self.previous) = (None, None);
        }
        let pps_id = start.slice_pic_parameter_set_id;
        let active = match &self.active {
            Some(active) if active.pps.pps_pic_parameter_set_id == pps_id => active.clone(),
            _ => self.store.activate(pps_id)?,
        };
        let (sps, pps) = (&active.sps, &active.pps);
        let segment = SliceSegment::parse(rbsp, nal, sps, pps, self.previous.as_ref())?;
        assert!(segment.header.slice_segment_address < sps.pic_size_in_ctbs());
        let mut end = segment.slice_data_byte_offset;
        for substream in &segment.substreams {
            assert!(substream.start == end && !substream.is_empty());
            end = substream.end;
        }
        assert_eq!(end, rbsp.bytes().len());

        let mut w = BitWriter::new();
        segment.header.write(&mut w, nal, sps, pps);
        let mut written = w.into_bytes();
        written.extend_from_slice(&rbsp.bytes()[segment.slice_data_byte_offset..]);
        let mut payload = Vec::new();
        rivus_syntax::nal::write_nal_unit(nal, &written, &mut payload);
        let mut again = Rbsp::new();
        again.unescape(&payload[NalHeader::SIZE..]);
        let again = SliceSegment::parse(&again, nal, sps, pps, self.previous.as_ref());
        assert_eq!(again.expect("a written slice segment header").header, segment.header);
        self.active = Some(active);
        self.previous = Some(segment.header);
        Ok(())
    }
}
