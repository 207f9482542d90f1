//! The encoder as callers see it: sample type chosen at run time.

use crate::config::{Config, Settings};
use crate::error::Error;
use crate::input::InputPicture;
use crate::packet::{Packet, Statistics, StreamInfo};
use crate::session::Session;

enum Inner {
    U8(Box<Session<u8>>),
    U16(Box<Session<u16>>),
}

/// An HEVC encoder: pictures in display order go in, access units in decoding order come out.
///
/// Send a picture, then receive packets until there is none, again and again; then flush and receive the rest.
/// Encoding happens in [`receive_packet`](Self::receive_packet), on the encoder's own threads. The stream does not depend on
/// the number of threads, the kernels, or the order of these calls.
///
/// ```
/// use rivus_encoder::{Config, Encoder, InputPicture};
///
/// let mut config = Config::new(64, 48);
/// config.set("preset", "ultrafast")?.set("crf", "30")?;
/// let mut encoder = Encoder::new(&config)?;
/// let (luma, chroma) = (vec![90u8; 64 * 48], vec![128u8; 32 * 24]);
/// let mut stream = Vec::new();
/// for pts in 0..5 {
///     let planes = [(&luma[..], 64), (&chroma[..], 32), (&chroma[..], 32)];
///     encoder.send_picture(&InputPicture::from_u8(64, 48, planes, pts)?)?;
///     while let Some(packet) = encoder.receive_packet()? {
///         stream.extend_from_slice(&packet.data);
///     }
/// }
/// encoder.flush();
/// while let Some(packet) = encoder.receive_packet()? {
///     assert!(packet.dts <= packet.pts);
///     stream.extend_from_slice(&packet.data);
/// }
/// assert_eq!(encoder.statistics().packets_out, 5);
/// # Ok::<(), rivus_encoder::Error>(())
/// ```
pub struct Encoder {
    inner: Inner,
    config: Config,
    /// Settings at the beginning.
    start: Settings,
}

/// Calls a method of the session, whatever its sample type.
macro_rules! session {
    ($encoder:expr, $session:ident => $call:expr) => {
        match &mut $encoder.inner {
            Inner::U8($session) => $call,
            Inner::U16($session) => $call,
        }
    };
}

impl Encoder {
    /// An encoder for this configuration.
    ///
    /// # Errors
    /// [`Error::Config`] if options contradict each other or no level allows them, [`Error::Threads`] if threads cannot be
    /// started.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let settings = config.settings()?;
        let inner = match settings.output_depth {
            8 => Inner::U8(Box::new(Session::new(settings.clone())?)),
            _ => Inner::U16(Box::new(Session::new(settings.clone())?)),
        };
        Ok(Self { inner, config: config.clone(), start: settings })
    }

    /// Changes an option while pictures are coded: `bitrate`, `crf` or `qp`, whichever the encoder began with, from the next
    /// mini-GOP on that is not begun; `vbv-maxrate` and `vbv-bufsize`, to at most what the encoder began with. For the stream not
    /// to depend on when packets are taken, take all that there are before.
    ///
    /// # Errors
    /// [`Error::Config`] if the option cannot change, or not to this value. The encoder goes on as before.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (config, settings) = self.config.changed(name, value, &self.start)?;
        self.config = config;
        session!(self, session => session.change_rate(&settings));
        Ok(())
    }

    /// VPS, SPS and PPS as an Annex B byte stream, for containers that hold them apart from packets.
    pub fn headers(&self) -> Vec<u8> {
        match &self.inner {
            Inner::U8(session) => session.headers(),
            Inner::U16(session) => session.headers(),
        }
    }

    /// What is known of the stream from the beginning.
    pub fn stream_info(&self) -> StreamInfo {
        match &self.inner {
            Inner::U8(session) => session.stream_info(),
            Inner::U16(session) => session.stream_info(),
        }
    }

    /// Takes the next picture in display order. Its samples are copied.
    ///
    /// # Errors
    /// [`Error::Picture`] if its size is not the configured one, it is not later than the picture before, or what is asked of it
    /// cannot be granted; [`Error::Flushed`] after [`flush`](Self::flush). The encoder goes on without the picture.
    pub fn send_picture(&mut self, picture: &InputPicture<'_>) -> Result<(), Error> {
        session!(self, session => session.send(picture))
    }

    /// The next packet in decoding order; none if more pictures are needed, or, after [`flush`](Self::flush), if all are out.
    ///
    /// # Errors
    /// [`Error::Syntax`] on a fault of the encoder.
    pub fn receive_packet(&mut self) -> Result<Option<Packet>, Error> {
        session!(self, session => session.receive())
    }

    /// Says that there are no more pictures.
    pub fn flush(&mut self) {
        session!(self, session => session.flush());
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        match &self.inner {
            Inner::U8(session) => session.statistics(),
            Inner::U16(session) => session.statistics(),
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}
