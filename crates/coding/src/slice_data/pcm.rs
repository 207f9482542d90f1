//! 7.3.8.7: pcm_sample(), samples without compression.

use rivus_syntax::bits::BitReader;
use rivus_syntax::cabac::BinSink;

use super::{Parser, PcmParams, SliceCoding};
use crate::ctu::record::{CodingUnit, PartMode};
use crate::error::{Error, Result};

/// Numbers of luma and of (both) chroma samples of a coding unit.
pub(super) fn sample_counts(chroma_array_type: u8, log2_size: u8) -> [usize; 2] {
    let luma = 1usize << (2 * log2_size);
    [luma, [0, luma / 2, luma, 2 * luma][usize::from(chroma_array_type & 3)]]
}

/// `pcm_flag` is present: PCM is enabled for 2Nx2N intra coding units of this size.
#[inline]
pub(super) fn pcm_flag_present(coding: &SliceCoding<'_>, cu: &CodingUnit) -> bool {
    cu.part_mode == PartMode::Part2Nx2N
        && coding.pcm.is_some_and(|pcm| (pcm.min_log2_size..=pcm.max_log2_size).contains(&cu.log2_size))
}

impl Parser<'_, '_> {
    /// Reads the samples, raised to the sample bit depth, and restarts the arithmetic decoder after them (9.3.2.5).
    pub(super) fn pcm_samples(&mut self, log2_size: u8) -> Result<()> {
        let Some(PcmParams { bit_depth, .. }) = self.coding.pcm else { return Ok(()) };
        let counts = sample_counts(self.coding.chroma_array_type, log2_size);
        let mut reader = BitReader::new(self.cabac.after_terminate());
        for ((count, pcm_depth), depth) in counts.into_iter().zip(bit_depth).zip(self.coding.bit_depth) {
            let shift = depth.saturating_sub(pcm_depth);
            for _ in 0..count {
                let sample = reader.read_bits(u32::from(pcm_depth)).map_err(|_| Error::UnexpectedEnd)?;
                self.record.pcm_samples.push((sample << shift) as u16);
            }
        }
        self.cabac.restart_after(reader.bit_position().div_ceil(8) as usize);
        Ok(())
    }
}

/// Writes the samples, which must be multiples of `1 << (BitDepth - PcmBitDepth)`, after `pcm_flag` = 1.
pub(super) fn write<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, log2_size: u8, samples: &[u16]) {
    let Some(PcmParams { bit_depth, .. }) = coding.pcm else { return };
    let [luma, chroma] = sample_counts(coding.chroma_array_type, log2_size);
    sink.begin_pcm();
    for (i, &sample) in samples.iter().take(luma + chroma).enumerate() {
        let c = usize::from(i >= luma);
        let shift = coding.bit_depth[c].saturating_sub(bit_depth[c]);
        sink.pcm_sample(u32::from(sample >> shift), u32::from(bit_depth[c]));
    }
    sink.end_pcm();
}
