//! What comes out of an encoder.

use crate::lookahead::gop::PictureKind;
use crate::times::StageTimes;
use rivus_picture::Frame;

/// One access unit.
#[derive(Clone, Debug)]
pub struct Packet {
    /// The NAL units as an Annex B byte stream.
    pub data: Vec<u8>,
    /// Presentation time, as given with the picture.
    pub pts: i64,
    /// Decoding time in the same unit: rising from packet to packet and never above `pts`, so that the first ones may be below
    /// the `pts` of the first picture.
    pub dts: i64,
    /// Decoding can begin here.
    pub is_keyframe: bool,
    /// No later picture refers to this one.
    pub is_disposable: bool,
    /// How the picture was coded.
    pub kind: PictureKind,
    /// PicOrderCntVal: place in output order since the last IDR picture.
    pub poc: i32,
    /// TemporalId.
    pub temporal_id: u8,
    /// Layer of the hierarchy, 0 for key pictures.
    pub layer: u8,
    /// QP of the slice.
    pub slice_qp: i8,
    /// Mean QP of the blocks.
    pub mean_qp: f64,
    /// Shares of the picture that are intra, inter and skipped; the sum is 1.
    pub shares: [f64; 3],
    /// Times it was coded again because it did not fit the decoder's buffer.
    pub recodes: u32,
    /// Bits in the decoder's buffer before this picture is taken out, if there is a buffer.
    pub buffer_bits: Option<f64>,
    /// Time spent on it, if [`times`](crate::Settings::times) is set.
    pub times: Option<StageTimes>,
    /// What was decided, if [asked for](crate::InputPicture::trace).
    pub trace: Option<String>,
    /// The picture a decoder will show, if [`recon`](crate::Settings::recon) is set.
    pub reconstruction: Option<Reconstruction>,
}

impl Packet {
    /// `I`, `P` or `B`.
    pub fn picture_type(&self) -> char {
        match self.kind {
            PictureKind::Idr | PictureKind::Cra | PictureKind::I => 'I',
            PictureKind::P => 'P',
            PictureKind::B => 'B',
        }
    }
}

/// A coded picture as decoders reconstruct it.
#[derive(Clone, Debug)]
pub struct Reconstruction {
    /// The whole coded picture.
    pub frame: Frame,
    /// Width that is shown, from the left edge: even, since 4:2:0 video cannot be cropped to odd sides.
    pub width: u32,
    /// Height that is shown, from the top edge: even.
    pub height: u32,
}

/// What containers and programs want to know of a stream before its first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// general_profile_idc (annex A): 1 Main, 2 Main 10.
    pub profile_idc: u8,
    /// general_tier_flag: High tier.
    pub high_tier: bool,
    /// general_level_idc: 30 times the level, such as 93 for level 3.1.
    pub level_idc: u8,
    /// Bits per sample: 8 or 10.
    pub bit_depth: u8,
    /// sps_max_num_reorder_pics: most pictures that precede one in decoding order and follow it in output order, 0..=4. With
    /// an even pace of pictures the first decoding time is that many pictures before the first presentation time.
    pub reorder_pictures: u8,
    /// Most pictures that are taken in after a picture before its packet comes out.
    pub delay: u32,
}

/// What an encoder has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// Pictures taken.
    pub pictures_in: u64,
    /// Packets made.
    pub packets_out: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// I, P and B pictures.
    pub by_type: [u64; 3],
    /// Sum of the mean QP of all pictures.
    pub qp_sum: f64,
    /// Pictures that were coded again because they did not fit the decoder's buffer.
    pub recoded: u64,
}

impl Statistics {
    pub(crate) fn count(&mut self, packet: &Packet) {
        self.packets_out += 1;
        self.bytes += packet.data.len() as u64;
        self.keyframes += u64::from(packet.is_keyframe);
        let index = match packet.picture_type() {
            'I' => 0,
            'P' => 1,
            _ => 2,
        };
        self.by_type[index] += 1;
        self.qp_sum += packet.mean_qp;
    }

    /// Mean QP of all pictures; 0 without pictures.
    pub fn mean_qp(&self) -> f64 {
        if self.packets_out == 0 { 0.0 } else { self.qp_sum / self.packets_out as f64 }
    }
}
