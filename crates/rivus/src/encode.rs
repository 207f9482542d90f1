//! Encoding.

use crate::decode::PictureType;
use crate::error::Error;
use crate::picture::{Picture, PictureInfo};

pub use rivus_encoder::Error as EncodeError;
pub use rivus_encoder::Statistics as EncoderStatistics;
pub use rivus_encoder::config::{Legal, OptionInfo, Preset, Settings, Tune};
pub use rivus_encoder::lookahead::gop::PictureKind;
pub use rivus_encoder::{Config, ConfigError, InputPicture};
pub use rivus_encoder::{StageTimes, StreamInfo};
pub use rivus_syntax::sei::SeiPayload;

/// An HEVC encoder.
///
/// Give it pictures in display order; after each one take packets until there is none, and at the end
/// [`flush`](Self::flush) and take the rest. Packets come in decoding order.
///
/// ```
/// use rivus::{Config, Decoder, DecoderConfig, Encoder, InputPicture};
///
/// # fn main() -> Result<(), rivus::Error> {
/// let mut config = Config::new(64, 48);
/// config.set("preset", "veryfast")?.set("crf", "24")?.set("recon", "1")?;
/// let mut encoder = Encoder::new(&config)?;
/// let mut decoder = Decoder::new(DecoderConfig::default())?;
/// let mut shown = Vec::new();
/// for pts in 0..10u8 {
///     // A grey picture that becomes lighter.
///     let (luma, chroma) = (vec![20 * pts; 64 * 48], vec![128u8; 32 * 24]);
///     let planes = [(&luma[..], 64), (&chroma[..], 32), (&chroma[..], 32)];
///     encoder.send_picture(&InputPicture::from_u8(64, 48, planes, pts.into())?)?;
/// }
/// encoder.flush();
/// while let Some(packet) = encoder.receive_packet()? {
///     decoder.send_access_unit(&packet.data, Some(packet.pts));
///     shown.extend(packet.reconstruction);
/// }
/// decoder.flush();
/// shown.sort_by_key(|picture| picture.pts());
/// for expected in shown {
///     let decoded = decoder.next_picture()?.expect("as many pictures as went in");
///     assert_eq!(decoded.pts(), expected.pts());
///     let (mut a, mut b) = (Vec::new(), Vec::new());
///     decoded.write_raw(&mut a);
///     expected.write_raw(&mut b);
///     assert_eq!(a, b);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Encoder {
    inner: rivus_encoder::Encoder,
    /// Packets so far.
    packets: u64,
}

/// One coded picture: an access unit.
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
    /// Slice type.
    pub picture_type: PictureType,
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
    /// Time spent on it, if the option `times` is set.
    pub times: Option<StageTimes>,
    /// What was decided, if [asked for](InputPicture::trace).
    pub trace: Option<String>,
    /// The picture a decoder will show, if the option `recon` is set.
    pub reconstruction: Option<Picture>,
}

impl Encoder {
    /// An encoder for this configuration.
    ///
    /// # Errors
    /// If options contradict each other, no level allows them, or threads cannot be started.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self { inner: rivus_encoder::Encoder::new(config)?, packets: 0 })
    }

    /// Changes an option while pictures are coded: `bitrate`, `crf` or `qp`, whichever the encoder began with, from the next
    /// mini-GOP on that is not begun; `vbv-maxrate` and `vbv-bufsize`, to at most what the encoder began with. For the stream not
    /// to depend on when packets are taken, take all that there are before.
    ///
    /// # Errors
    /// If the option cannot change, or not to this value. The encoder goes on as before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        Ok(self.inner.set(name, value)?)
    }

    /// VPS, SPS and PPS as an Annex B byte stream, for containers that hold them apart from packets.
    pub fn headers(&self) -> Vec<u8> {
        self.inner.headers()
    }

    /// Profile, level, reordering and delay, which containers and programs want to know before the first packet.
    pub fn stream_info(&self) -> StreamInfo {
        self.inner.stream_info()
    }

    /// Takes the next picture in display order. Its samples are copied.
    ///
    /// # Errors
    /// If its size is not the configured one, it is not later than the picture before, what is asked of it cannot be granted, or
    /// it comes after [`flush`](Self::flush). The encoder goes on without the picture.
    pub fn send_picture(&mut self, picture: &InputPicture<'_>) -> Result<(), Error> {
        Ok(self.inner.send_picture(picture)?)
    }

    /// The next packet in decoding order; none if more pictures are needed, or, after [`flush`](Self::flush), if all are out.
    ///
    /// # Errors
    /// Only on a fault of the encoder.
    pub fn receive_packet(&mut self) -> Result<Option<Packet>, Error> {
        let packet = self.inner.receive_packet()?;
        Ok(packet.map(|packet| {
            self.packets += 1;
            convert(packet, self.packets - 1, self.inner.stream_info())
        }))
    }

    /// Says that there are no more pictures.
    pub fn flush(&mut self) {
        self.inner.flush();
    }

    /// What was done so far.
    pub fn statistics(&self) -> EncoderStatistics {
        self.inner.statistics()
    }
}

fn convert(packet: rivus_encoder::Packet, decode_number: u64, stream: StreamInfo) -> Packet {
    let picture_type = match packet.kind {
        PictureKind::Idr | PictureKind::Cra | PictureKind::I => PictureType::I,
        PictureKind::P => PictureType::P,
        PictureKind::B => PictureType::B,
    };
    let info = PictureInfo {
        poc: packet.poc,
        decode_number,
        picture_type,
        random_access_point: packet.is_keyframe,
        temporal_id: packet.temporal_id,
        profile_idc: stream.profile_idc,
        high_tier: stream.high_tier,
        level_idc: stream.level_idc,
        reorder_pictures: stream.reorder_pictures,
        ..PictureInfo::default()
    };
    let pts = packet.pts;
    Packet {
        pts,
        dts: packet.dts,
        is_keyframe: packet.is_keyframe,
        is_disposable: packet.is_disposable,
        kind: packet.kind,
        picture_type,
        poc: packet.poc,
        temporal_id: packet.temporal_id,
        layer: packet.layer,
        slice_qp: packet.slice_qp,
        mean_qp: packet.mean_qp,
        shares: packet.shares,
        recodes: packet.recodes,
        buffer_bits: packet.buffer_bits,
        times: packet.times,
        trace: packet.trace,
        reconstruction: packet.reconstruction.map(|r| Picture::from_reconstruction(r, pts, info)),
        data: packet.data,
    }
}
