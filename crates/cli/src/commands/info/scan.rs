//! Walking the access units: parameter sets and slice headers.

use std::sync::Arc;

use rivus_coding::poc::PocState;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{ActivePps, ParameterSetStore, Pps, Sps, Vps};
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentHeader, SliceSegmentStart, SliceType};

/// Most messages kept; a stream of noise would give one per NAL unit.
const MAX_ISSUES: usize = 1000;

/// A coded picture as its slice headers describe it.
#[derive(Debug, Clone)]
pub(super) struct PictureInfo {
    pub(super) poc: i32,
    pub(super) nal_unit_type: NalUnitType,
    pub(super) temporal_id: u8,
    /// Type of the slice that allows most: B before P before I.
    pub(super) slice_type: SliceType,
    pub(super) slices: u32,
    /// Mean of SliceQpY over all slice segments.
    pub(super) qp: f64,
    /// Bytes of all NAL units of the access unit, start codes not counted.
    pub(super) bytes: u64,
    /// Active pictures in list 0 and list 1 of the first slice.
    pub(super) references: (usize, usize),
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) pictures: Vec<PictureInfo>,
    /// Distinct SPS in order of first use, with the VPS and PPS of that use.
    pub(super) sequences: Vec<ActivePps>,
    pub(super) issues: Vec<String>,
    /// Duration by the container.
    pub(super) seconds: Option<f64>,
    store: ParameterSetStore,
    poc: PocState,
    rbsp: Rbsp,
    /// The next IRAP picture begins a coded video sequence: start of the stream or after an end of sequence.
    sequence_ended: Option<bool>,
    previous: Option<SliceSegmentHeader>,
}

impl Scan {
    /// Takes the NAL units of one access unit.
    pub(super) fn add_access_unit(&mut self, units: &[Vec<u8>]) {
        let mut picture = None;
        for unit in units {
            if let Err(error) = self.add_unit(unit, &mut picture)
                && self.issues.len() < MAX_ISSUES
            {
                self.issues.push(format!("picture {}: {error}", self.pictures.len()));
            }
        }
        if let Some(mut picture) = picture {
            picture.bytes = units.iter().map(|unit| unit.len() as u64).sum();
            picture.qp /= f64::from(picture.slices.max(1));
            self.pictures.push(picture);
        }
        self.previous = None;
    }

    fn add_unit(&mut self, unit: &[u8], picture: &mut Option<PictureInfo>) -> rivus_syntax::Result<()> {
        let (header, payload) = NalHeader::parse(unit)?;
        if header.nuh_layer_id != 0 {
            return Ok(());
        }
        match header.nal_unit_type {
            NalUnitType::VPS_NUT => {
                self.store.put_vps(Vps::parse(self.rbsp.unescape(payload))?);
            }
            NalUnitType::SPS_NUT => {
                self.store.put_sps(Sps::parse(self.rbsp.unescape(payload))?);
            }
            NalUnitType::PPS_NUT => {
                self.store.put_pps(Pps::parse(self.rbsp.unescape(payload))?);
            }
            NalUnitType::EOS_NUT | NalUnitType::EOB_NUT => self.sequence_ended = Some(true),
            kind if kind.is_slice() => {
                self.rbsp.unescape(payload);
                self.add_slice(header, picture)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn add_slice(&mut self, nal: NalHeader, picture: &mut Option<PictureInfo>) -> rivus_syntax::Result<()> {
        let start = SliceSegmentStart::parse(self.rbsp.bytes(), nal)?;
        let active = self.store.activate(start.slice_pic_parameter_set_id)?;
        let previous = self.previous.as_ref();
        let slice = SliceSegment::parse(&self.rbsp, nal, &active.sps, &active.pps, previous)?;
        let header = slice.header;
        if !self.sequences.iter().any(|known| Arc::ptr_eq(&known.sps, &active.sps)) {
            self.sequences.push(active.clone());
        }
        let qp = f64::from(header.slice_qp(&active.pps));
        match picture {
            Some(picture) => {
                picture.slices += 1;
                picture.qp += qp;
                picture.slice_type = most_general(picture.slice_type, header.slice_type);
            }
            None => *picture = Some(self.begin_picture(nal, &header, &active, qp)),
        }
        self.previous = Some(header);
        Ok(())
    }

    fn begin_picture(
        &mut self,
        nal: NalHeader,
        header: &SliceSegmentHeader,
        active: &ActivePps,
        qp: f64,
    ) -> PictureInfo {
        let kind = nal.nal_unit_type;
        // 8.1.3: NoRaslOutputFlag, with which picture order counts begin anew.
        let restarts =
            kind.is_irap() && (kind.is_idr() || kind.is_bla() || self.sequence_ended != Some(false));
        let lsb_bits = active.sps.log2_max_pic_order_cnt_lsb() as u8;
        let poc = self.poc.poc(header.slice_pic_order_cnt_lsb, lsb_bits, restarts);
        self.poc.picture(poc, &nal);
        self.sequence_ended = Some(false);
        PictureInfo {
            poc,
            nal_unit_type: kind,
            temporal_id: nal.temporal_id,
            slice_type: header.slice_type,
            slices: 1,
            qp,
            bytes: 0,
            references: (header.num_ref_idx_active(0), header.num_ref_idx_active(1)),
        }
    }
}

fn most_general(a: SliceType, b: SliceType) -> SliceType {
    match (a, b) {
        (SliceType::B, _) | (_, SliceType::B) => SliceType::B,
        (SliceType::P, _) | (_, SliceType::P) => SliceType::P,
        _ => SliceType::I,
    }
}
