//! Packets of an encoder.

use crate::error::{Failure, RivusStatus};
use crate::frame::RivusFrame;
use crate::handle;
use crate::picture::RivusPictureType;
use crate::sized::{self, SizedStruct};
use rivus::Packet;
use std::mem::offset_of;

/// One coded picture. Nothing changes it, so any number of threads may read it. It lives until `rivus_packet_destroy`, also
/// beyond its encoder.
pub struct RivusPacket {
    pub(crate) packet: Packet,
}

/// What a packet holds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusPacketInfo {
    /// `sizeof(RivusPacketInfo)`, set by the caller.
    pub size: usize,
    /// The access unit as an Annex B byte stream; it belongs to the packet.
    pub data: *const u8,
    /// Bytes in it.
    pub data_size: usize,
    /// Presentation time, as given with the picture.
    pub pts: i64,
    /// Decoding time in the same unit: rising from packet to packet and never above `pts`, so that the first ones may be below
    /// the `pts` of the first picture.
    pub dts: i64,
    /// A `RivusPictureType`.
    pub picture_type: i32,
    /// 1 if decoding can begin here, else 0.
    pub is_keyframe: i32,
    /// 1 if no later picture refers to this one, else 0.
    pub is_disposable: i32,
    /// PicOrderCntVal: place in output order since the last IDR picture.
    pub poc: i32,
    /// TemporalId.
    pub temporal_id: u32,
    /// Layer of the hierarchy, 0 for key pictures.
    pub layer: u32,
    /// QP of the slice.
    pub slice_qp: i32,
    /// 1 if there is a reconstruction, else 0.
    pub has_reconstruction: i32,
    /// Mean QP of the blocks.
    pub mean_qp: f64,
    /// Part of the picture that is intra, 0..=1.
    pub intra_share: f64,
    /// Part of the picture that is inter, but not skipped.
    pub inter_share: f64,
    /// Part of the picture that is skipped.
    pub skip_share: f64,
}

// SAFETY: `repr(C)`; a size, numbers and a pointer.
unsafe impl SizedStruct for RivusPacketInfo {
    const NAME: &'static str = "RivusPacketInfo";
    const FIRST: usize = offset_of!(RivusPacketInfo, skip_share) + size_of::<f64>();
}

/// Writes what the packet holds to `*info`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_packet_info(
    packet: *const RivusPacket,
    info: *mut RivusPacketInfo,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or a live packet, by the contract of all functions.
        let packet = &unsafe { packet.as_ref() }.ok_or_else(|| Failure::null("packet"))?.packet;
        let [intra_share, inter_share, skip_share] = packet.shares;
        let value = RivusPacketInfo {
            size: 0,
            data: packet.data.as_ptr(),
            data_size: packet.data.len(),
            pts: packet.pts,
            dts: packet.dts,
            picture_type: RivusPictureType::of(packet.kind) as i32,
            is_keyframe: packet.is_keyframe.into(),
            is_disposable: packet.is_disposable.into(),
            poc: packet.poc,
            temporal_id: packet.temporal_id.into(),
            layer: packet.layer.into(),
            slice_qp: packet.slice_qp.into(),
            has_reconstruction: packet.reconstruction.is_some().into(),
            mean_qp: packet.mean_qp,
            intra_share,
            inter_share,
            skip_share,
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { sized::write(info, &value) }?;
        Ok(RivusStatus::Ok)
    })
}

/// Writes the picture that decoders will show to `*frame`, to be destroyed by the caller. `RIVUS_STATUS_ERROR_ORDER` if the
/// option `recon` was not set. `*frame` is null after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_packet_reconstruction(
    packet: *const RivusPacket,
    frame: *mut *mut RivusFrame,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(frame, "frame") }?;
        // SAFETY: null or a live packet, by the contract of all functions.
        let packet = unsafe { packet.as_ref() }.ok_or_else(|| Failure::null("packet"))?;
        let none = || Failure::new(RivusStatus::ErrorOrder, "the option recon was not set");
        let picture = packet.packet.reconstruction.clone().ok_or_else(none)?;
        // SAFETY: not null, as just checked.
        unsafe { handle::hand_out(frame, RivusFrame::new(picture)) };
        Ok(RivusStatus::Ok)
    })
}

/// Destroys `*packet` and makes it null. Null, or a pointer to null, is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_packet_destroy(packet: *mut *mut RivusPacket) {
    // SAFETY: null or a place that holds null or a live packet, by the contract of all functions.
    unsafe { handle::destroy(packet) };
}
