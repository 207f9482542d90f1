//! An encoder as programs hold it.

use crate::collect::{Collected, collect};
use crate::guard::guard;
use crate::input::{self, Format};
use crate::layout::{Param, Picture, Stats, number};
use crate::log::{self, Level};
use crate::output::{Shape, Units};
use crate::statistics;
use rivus::{Encoder, Packet, PictureKind, PictureType, SeiPayload};
use rivus_x265_options::Totals;
use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::time::Instant;

/// payloadType of alternative transfer characteristics.
const ALTERNATIVE_TRANSFER: u32 = 147;
/// Options that can change while pictures are coded.
const CHANGEABLE: [&str; 5] = ["crf", "qp", "bitrate", "vbv-maxrate", "vbv-bufsize"];

/// What a program gave along with a picture, until the picture comes out.
#[derive(Clone, Copy, Debug)]
struct Companion {
    pts: i64,
    user_data: *mut c_void,
}

fn letter(kind: PictureType) -> char {
    match kind {
        PictureType::I => 'I',
        PictureType::P => 'P',
        PictureType::B => 'B',
    }
}

/// With keyframes only, programs that make still pictures expect the parameter sets in every one without asking for them.
fn all_intra_repeats(param: &Param) -> Param {
    let repeat_headers = if (0..=1).contains(&param.keyint) { 1 } else { param.repeat_headers };
    Param { repeat_headers, ..*param }
}

/// An encoder.
#[derive(Debug)]
pub struct Session {
    encoder: Encoder,
    param: Param,
    format: Format,
    /// Companions of pictures from number `first` on, in display order.
    companions: VecDeque<Companion>,
    first: i64,
    /// Time of the first picture, and from there to the second.
    origin: Option<(i64, i64)>,
    /// For the first picture.
    messages: Vec<SeiPayload>,
    units: Units,
    headers: Units,
    totals: Totals,
    started: Instant,
    coded: i32,
    flushed: bool,
    /// A panic went through, and what it left is not to be trusted.
    broken: bool,
}

impl Session {
    /// An encoder for these parameters.
    ///
    /// # Errors
    /// The text says why there is none.
    ///
    /// # Safety
    /// Texts that `param` points to are null or valid.
    pub(crate) unsafe fn open(param: &Param) -> Result<Self, String> {
        let param = &all_intra_repeats(param);
        let is_grey = param.chroma_format == number::GREY;
        if !is_grey && param.chroma_format != number::YUV420 {
            return Err("input-csp: only i420 and i400 can be coded".to_owned());
        }
        // SAFETY: by the contract of this function.
        let Collected { config, notes } = unsafe { collect(param) }?;
        for note in notes {
            log::line(param.log_level, Level::Warning, note);
        }
        if is_grey {
            log::line(param.log_level, Level::Warning, "input-csp: i400 is coded as 4:2:0 without colour");
        }
        let settings = config.settings().map_err(|error| error.to_string())?;
        let encoder = Encoder::new(&config).map_err(|error| error.to_string())?;
        let version = env!("CARGO_PKG_VERSION");
        let (width, height, fps) = (param.width, param.height, settings.fps.value());
        let about = format!(
            "rivus {version} in place of x265, {width}x{height}, {fps:.3} fps, {} bits",
            param.bit_depth
        );
        log::line(param.log_level, Level::Info, about);
        let takes_offsets = settings.aq_mode > 0;
        let block = if param.qg_size == 8 { 8 } else { 16 };
        let transfer = u8::try_from(param.transfer_sei).ok();
        Ok(Self {
            encoder,
            param: *param,
            format: Format {
                width: width as usize,
                height: height as usize,
                is_grey,
                offset_block: takes_offsets.then_some(block),
            },
            companions: VecDeque::new(),
            first: 0,
            origin: None,
            messages: transfer
                .map(|transfer| SeiPayload::Raw { payload_type: ALTERNATIVE_TRANSFER, data: vec![transfer] })
                .into_iter()
                .collect(),
            units: Units::default(),
            headers: Units::default(),
            totals: Totals::new(fps),
            started: Instant::now(),
            coded: 0,
            flushed: false,
            broken: false,
        })
    }

    /// Runs `f` unless a panic went through before; if one does now, nothing runs afterwards.
    pub(crate) fn run<R: Copy>(&mut self, failed: R, f: impl FnOnce(&mut Self) -> R) -> R {
        if std::mem::replace(&mut self.broken, true) {
            return failed;
        }
        guard(failed, || {
            let result = f(self);
            self.broken = false;
            result
        })
    }

    pub(crate) fn param(&self) -> &Param {
        &self.param
    }

    pub(crate) fn stats(&self) -> Stats {
        statistics::stats(&self.totals, self.started.elapsed().as_secs_f64())
    }

    fn shape(&self, skip_parameter_sets: bool) -> Shape {
        Shape { start_codes: self.param.annexb != 0, skip_parameter_sets }
    }

    /// The parameter sets.
    pub(crate) fn headers(&mut self) -> &mut Units {
        let shape = self.shape(false);
        self.headers.fill(&self.encoder.headers(), shape);
        &mut self.headers
    }

    /// Takes a picture, or with none says that there are no more.
    ///
    /// # Errors
    /// What is wrong with the picture.
    ///
    /// # Safety
    /// What the picture points to is as large as it says.
    pub(crate) unsafe fn send(&mut self, picture: Option<&Picture>) -> Result<(), String> {
        let Some(picture) = picture else {
            if !std::mem::replace(&mut self.flushed, true) {
                self.encoder.flush();
            }
            return Ok(());
        };
        let number = self.first + self.companions.len() as i64;
        let (encoder, format) = (&mut self.encoder, &self.format);
        // SAFETY: by the contract of this function.
        unsafe {
            input::with_picture(picture, format, number, &self.messages, |input| encoder.send_picture(input))
        }?;
        self.messages.clear();
        let pts = picture.pts;
        match &mut self.origin {
            None => self.origin = Some((pts, 0)),
            Some((start, step)) if *step == 0 => *step = pts.saturating_sub(*start),
            Some(_) => {}
        }
        self.companions.push_back(Companion { pts, user_data: picture.user_data });
        Ok(())
    }

    /// The next coded picture, if there is one: its units, and in `out` what is known of it. One at a time, so that as many come
    /// out as go in.
    ///
    /// # Errors
    /// A fault of the encoder.
    pub(crate) fn receive(&mut self, out: Option<&mut Picture>) -> Result<Option<&mut Units>, String> {
        let Some(packet) = self.encoder.receive_packet().map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let shape = self.shape(self.param.repeat_headers == 0);
        self.units.fill(&packet.data, shape);
        self.totals.add(letter(packet.picture_type), self.units.bytes(), packet.mean_qp);
        if let Some(out) = out {
            self.describe(&packet, out);
        }
        self.forget(packet.dts);
        self.coded += 1;
        Ok(Some(&mut self.units))
    }

    /// The times of pictures are their numbers to the encoder: programs give whatever they like. Here numbers become the
    /// program's times again; those before the first picture continue the pace of the first two.
    fn time(&self, number: i64) -> i64 {
        let (start, step) = self.origin.unwrap_or_default();
        if number < 0 {
            return start.saturating_add(number.saturating_mul(step.max(1)));
        }
        let index = usize::try_from(number - self.first).unwrap_or(0);
        self.companions.get(index).map_or(start, |companion| companion.pts)
    }

    /// Writes what is known of the picture; the rest of `out` stays the program's.
    fn describe(&self, packet: &Packet, out: &mut Picture) {
        let index = usize::try_from(packet.pts - self.first).unwrap_or(0);
        out.user_data =
            self.companions.get(index).map_or(std::ptr::null_mut(), |companion| companion.user_data);
        (out.pts, out.dts) = (self.time(packet.pts), self.time(packet.dts));
        out.slice_type = match packet.kind {
            PictureKind::Idr => number::IDR,
            PictureKind::Cra | PictureKind::I => number::I,
            PictureKind::P => number::P,
            PictureKind::B if packet.is_disposable => number::B,
            PictureKind::B => number::BREF,
        };
        (out.planes, out.stride) = ([std::ptr::null(); 3], [0; 3]);
        (out.bit_depth, out.chroma_format) = (self.param.bit_depth, self.param.chroma_format);
        (out.width, out.height) = (self.param.width, self.param.height);
        (out.poc, out.frame_poc, out.coding_order) = (packet.poc, packet.poc, self.coded);
        out.mean_qp = packet.mean_qp;
        out.letter = letter(packet.picture_type) as c_char;
        out.frame_bytes = self.units.bytes();
        out.bits = 8 * out.frame_bytes as u64;
    }

    /// Pictures before this one are neither to come nor anybody's decoding time: decoding times rise, and never pass the time of a
    /// picture that is still to come.
    fn forget(&mut self, number: i64) {
        while self.first < number && !self.companions.is_empty() {
            self.companions.pop_front();
            self.first += 1;
        }
    }

    /// Takes over what can change.
    ///
    /// # Errors
    /// The option that cannot change.
    ///
    /// # Safety
    /// As [`Self::open`].
    pub(crate) unsafe fn change(&mut self, param: &Param) -> Result<(), String> {
        // SAFETY: by the contract of this function; what was opened with is checked there.
        let (before, after) = unsafe { (collect(&self.param)?.config, collect(param)?.config) };
        for option in CHANGEABLE {
            if let Some(value) = after.get(option).filter(|value| before.get(option).as_ref() != Some(value))
            {
                self.encoder.set(option, &value).map_err(|error| error.to_string())?;
            }
        }
        self.param = *param;
        Ok(())
    }

    /// Says what was done.
    pub(crate) fn close(&self) {
        if self.param.log_level < Level::Info as i32 || self.coded == 0 {
            return;
        }
        for line in self.totals.lines() {
            log::line(self.param.log_level, Level::Info, line);
        }
        log::plain(format_args!("\n{}", self.totals.summary(self.started.elapsed().as_secs_f64())));
    }
}
