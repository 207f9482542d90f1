//! In-loop filters (8.7): deblocking and sample adaptive offset, row of CTUs by row of CTUs.
//!
//! While a row is reconstructed, its [`RowFilterInfo`] is filled CTU by CTU with boundary strengths, QpY and the rest that the
//! filters need to know. When the row is complete, [`deblock::DeblockRow`] filters its vertical edges, then its horizontal
//! edges including the one shared with the row above. That finishes the deblocking of the row above, so
//! [`sao::sao_row`] can be applied to it. [`walk::InLoopWalk`] does both in order and publishes finished bands.

pub mod boundary_strength;
pub mod deblock;
pub mod info;
pub mod sao;
pub mod walk;

pub use info::{CtuFilter, RowFilterInfo};
pub use walk::{DeblockedRow, InLoopWalk};

use rivus_picture::PictureFormat;

/// What the parameter sets say about the in-loop filters of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterParams {
    /// Dimensions, chroma format and bit depths.
    pub format: PictureFormat,
    /// CtbLog2SizeY, 4..=6.
    pub ctb_log2_size: u8,
    /// `pps_cb_qp_offset`, `pps_cr_qp_offset`: the only offsets that chroma deblocking regards.
    pub pps_chroma_qp_offset: [i8; 2],
    /// `loop_filter_across_tiles_enabled_flag`.
    pub loop_filter_across_tiles_enabled_flag: bool,
    /// `pcm_loop_filter_disabled_flag`.
    pub pcm_loop_filter_disabled_flag: bool,
    /// `log2_sao_offset_scale_luma`, `log2_sao_offset_scale_chroma`.
    pub log2_sao_offset_scale: [u8; 2],
}

impl FilterParams {
    /// Whether in-loop filtering may cross the border between two neighbouring CTUs of the picture: 8.7.2.3 for the left
    /// and top edges of `current`, 8.7.3.2 for SAO. Between slices, the one decoded later decides.
    #[inline]
    pub fn crosses(&self, current: &CtuFilter, neighbour: &CtuFilter) -> bool {
        let slices = match current.slice_idx.cmp(&neighbour.slice_idx) {
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => current.slice_loop_filter_across_slices_enabled_flag,
            std::cmp::Ordering::Less => neighbour.slice_loop_filter_across_slices_enabled_flag,
        };
        slices && (current.tile_id == neighbour.tile_id || self.loop_filter_across_tiles_enabled_flag)
    }
}

#[cfg(test)]
mod tests;
