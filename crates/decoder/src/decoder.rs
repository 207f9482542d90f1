//! The decoder session as its caller sees it: takes data, hands out pictures. `receive` does what lies between.

use crate::access_unit::{Event, Input};
use crate::assembly::Engine;
use crate::config::DecoderConfig;
use crate::current::Current;
use crate::error::{Error, Issue, Reason};
use crate::limits::Exceeded;
use crate::output::{DecodedPicture, Statistics};
use crate::picture_info::SeiState;
use crate::sequence::{Handle, Sequence};
use crate::tasks::Executor;
use rivus_picture::{PictureFormat, Pool};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::ps::ParameterSetStore;
use std::collections::VecDeque;
use std::fmt;

/// Pictures whose memory waits for reuse, at most.
const IDLE_PICTURES: usize = 8;

/// An HEVC decoder for the base layer.
///
/// Give it data with one of the `send` calls; then call [`next_picture`](Self::next_picture) until it returns none.
pub struct Decoder {
    pub(crate) config: DecoderConfig,
    pub(crate) executor: Executor,
    input: Input,
    pub(crate) rbsp: Rbsp,
    pub(crate) store: ParameterSetStore,
    /// Ids of SPSs (16 bits) and PPSs (64 bits) whose newest contents were refused.
    pub(crate) refused: (u16, u64),
    pub(crate) sei: SeiState,
    pub(crate) sequence: Sequence,
    pub(crate) pool: Pool,
    pub(crate) engine_u8: Option<Engine<u8>>,
    pub(crate) engine_u16: Option<Engine<u16>>,
    /// Format of the newest picture.
    pub(crate) format: Option<PictureFormat>,
    pub(crate) current: Option<Current>,
    /// Slice segments that do not begin a picture belong to one that is skipped.
    pub(crate) skipping: bool,
    /// No random access point came since a jump, which is no damage.
    pub(crate) seeking: bool,
    /// Presentation time of the access unit being received.
    pub(crate) pts: Option<i64>,
    /// The picture decoded last.
    pub(crate) previous: Option<Handle>,
    /// Pictures whose decoding was begun.
    pub(crate) begun: u64,
    /// Pictures in decoding, oldest first.
    pub(crate) in_flight: VecDeque<InFlight>,
    /// Pictures in output order.
    pub(crate) output: VecDeque<Handle>,
    /// The stream ended: what is in `output` comes out before anything else is decoded.
    draining: bool,
    pub(crate) statistics: Statistics,
    issues: Vec<Issue>,
}

/// A picture in decoding.
pub(crate) struct InFlight {
    pub(crate) handle: Handle,
    /// Number of its first NAL unit.
    pub(crate) nal: u64,
    /// PicOrderCntVal.
    pub(crate) poc: i32,
}

impl Decoder {
    /// A decoder with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range, or threads cannot be started.
    pub fn new(config: DecoderConfig) -> Result<Self, Error> {
        config.validate()?;
        if let Some(tier) = config.tier.filter(|tier| !tier.is_supported()) {
            return Err(Error::Tier(tier.name()));
        }
        let executor =
            Executor::new(config.effective_threads()).map_err(|error| Error::Threads(error.to_string()))?;
        Ok(Self {
            executor,
            input: Input::new(config.limits.max_nal_size),
            rbsp: Rbsp::new(),
            store: ParameterSetStore::new(),
            refused: (0, 0),
            sei: SeiState::default(),
            sequence: Sequence::default(),
            pool: Pool::new(IDLE_PICTURES, config.limits.max_picture_memory),
            engine_u8: None,
            engine_u16: None,
            format: None,
            current: None,
            skipping: false,
            seeking: false,
            pts: None,
            previous: None,
            begun: 0,
            in_flight: VecDeque::new(),
            output: VecDeque::new(),
            draining: false,
            statistics: Statistics::default(),
            issues: vec![],
            config,
        })
    }

    /// Takes the next bytes of an Annex B byte stream, cut anywhere. `pts` belongs to the first access unit that
    /// begins in them.
    pub fn send_data(&mut self, data: &[u8], pts: Option<i64>) {
        self.input.bytes(data, pts);
    }

    /// Takes one NAL unit: header and payload, with emulation prevention, without start code. `pts` belongs to its
    /// access unit.
    pub fn send_nal(&mut self, nal: &[u8], pts: Option<i64>) {
        self.input.nal(nal, pts);
    }

    /// Takes a whole access unit as an Annex B byte stream, and decodes it without waiting for the next one.
    pub fn send_access_unit(&mut self, data: &[u8], pts: Option<i64>) {
        self.input.bytes(data, pts);
        self.input.end_access_unit();
    }

    /// Says that the stream ends here: all pictures come out. What is sent afterwards begins a new stream, for which the
    /// parameter sets are still known.
    pub fn flush(&mut self) {
        self.input.end_stream();
    }

    /// Prepares for a jump in the stream: drops what was sent and is not decoded, and all pictures that have not been
    /// taken. Parameter sets stay, and so do counts, reports, and the numbers of NAL units and pictures.
    ///
    /// Decoding goes on at the next random access point; pictures before it, and RASL pictures that belong to it, are
    /// skipped (8.1.3). If a picture with a recovery point SEI message comes first, it goes on there: see
    /// [`DecoderConfig::output_recovering`].
    pub fn seek(&mut self) {
        // Pictures in decoding end by themselves, and free their memory.
        self.input = Input::new(self.config.limits.max_nal_size);
        self.sei = SeiState::default();
        self.sequence = Sequence::default();
        (self.current, self.previous, self.pts) = (None, None, None);
        self.in_flight.clear();
        self.output.clear();
        (self.skipping, self.draining, self.seeking) = (false, false, true);
    }

    /// Forgets the stream, parameter sets and counts included, for another one.
    pub fn reset(&mut self) {
        self.seek();
        self.seeking = false;
        self.store = ParameterSetStore::new();
        self.refused = (0, 0);
        self.begun = 0;
        self.statistics = Statistics::default();
        self.issues.clear();
    }

    /// Counts since the beginning, or since [`reset`](Self::reset). Those of pictures are taken when a picture is finished.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Takes the reports about damage found since the last call.
    pub fn take_issues(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.issues)
    }

    /// Memory of pictures, in bytes: see [`DecoderLimits::max_picture_memory`](crate::DecoderLimits).
    pub fn picture_memory(&self) -> u64 {
        self.pool.bytes()
    }

    /// The next picture in output order. None: more data is needed, or, after [`flush`](Self::flush), all is out.
    ///
    /// A picture comes as soon as its place in output order is certain by the rules of C.5.2, and it is finished. With
    /// threads, this call waits for it only if as many pictures are in decoding as may be
    /// ([`DecoderConfig::frames_in_flight`]), which is one call per access unit later at most for each of them; with
    /// [`DecoderConfig::low_delay`] it always waits.
    ///
    /// # Errors
    /// If the stream uses an unsupported feature or exceeds a limit. That part of the stream is skipped; decoding
    /// goes on with the next call.
    pub fn next_picture(&mut self) -> Result<Option<DecodedPicture>, Error> {
        loop {
            self.retire(usize::MAX);
            let waits = self.draining || self.is_short_of_memory();
            if let Some(picture) = self.take_output(waits) {
                return Ok(Some(picture));
            }
            if self.draining && self.output.is_empty() {
                self.retire(0);
                self.draining = false;
            }
            match self.input.next() {
                None if self.config.low_delay => {
                    let picture = self.take_output(true);
                    self.retire(usize::MAX);
                    return Ok(picture);
                }
                None if self.is_full() => self.retire(self.config.effective_frames_in_flight()),
                None => return Ok(None),
                Some(Event::Nal(nal, pts)) => self.process(&nal, pts)?,
                Some(Event::TooLarge(asked)) => {
                    let nal = self.statistics.nal_units;
                    self.statistics.nal_units += 1;
                    return Err(limit(nal, ("NAL unit size", asked, self.config.limits.max_nal_size as u64)));
                }
                Some(Event::EndOfAccessUnit) => self.finish_picture(),
                Some(Event::EndOfStream) => {
                    self.finish_picture();
                    let mut output = vec![];
                    self.sequence.end_of_stream(&mut output);
                    self.output.extend(output);
                    self.previous = None;
                    self.draining = true;
                }
            }
        }
    }

    /// As many pictures are in decoding as may be, and one is due for output.
    fn is_full(&self) -> bool {
        self.in_flight.len() >= self.config.effective_frames_in_flight() && !self.output.is_empty()
    }

    /// There is no memory for another picture, but one is due for output, which may free some.
    fn is_short_of_memory(&self) -> bool {
        let has_room = |format: PictureFormat| match format.is_8bit() {
            true => self.pool.has_room::<u8>(&format),
            false => self.pool.has_room::<u16>(&format),
        };
        !self.output.is_empty() && !self.format.is_none_or(has_room)
    }

    /// The first picture of the output queue, if it is finished or `waits` says to wait for that. Pictures that turned
    /// out to be skipped are passed over.
    fn take_output(&mut self, waits: bool) -> Option<DecodedPicture> {
        loop {
            let head = self.output.front()?;
            let shown = head.shown.get()?.clone();
            if shown.is_some() && head.picture.outcome().is_none() {
                if !waits {
                    return None;
                }
                head.picture.wait();
            }
            let (head, Some(shown)) = (self.output.pop_front()?, shown) else { continue };
            self.statistics.output_pictures += 1;
            let (frame, window) = (head.picture.frame()?, head.window);
            let concealed_ctus = head.picture.wait().concealed_ctus;
            return Some(DecodedPicture { frame, window, pts: shown.pts, info: shown.info, concealed_ctus });
        }
    }

    /// Counts finished pictures, and waits until less than `allowed` (or, for 0, none) are in decoding.
    pub(crate) fn retire(&mut self, allowed: usize) {
        while let Some(&InFlight { ref handle, nal, poc }) = self.in_flight.front() {
            let outcome = match handle.picture.outcome() {
                Some(outcome) => outcome,
                None if self.in_flight.len() >= allowed.max(1) => handle.picture.wait(),
                None => return,
            };
            self.in_flight.pop_front();
            self.statistics.decoded_pictures += 1;
            self.statistics.concealed_ctus += u64::from(outcome.concealed_ctus);
            self.statistics.concealed_pictures += u64::from(outcome.concealed_ctus > 0);
            self.statistics.hash_matches += u64::from(outcome.hash_matches == Some(true));
            self.statistics.hash_mismatches += u64::from(outcome.hash_matches == Some(false));
            for issue in &outcome.issues {
                self.issue(issue.clone());
            }
            if outcome.concealed_ctus > 0 {
                let (missing, total) = (outcome.concealed_ctus, outcome.total_ctus);
                let reason = Reason::MissingCtus { poc, missing, total };
                self.issue(Issue { nal, nal_unit_type: None, reason });
            }
        }
    }

    pub(crate) fn issue(&mut self, issue: Issue) {
        self.statistics.issues += 1;
        if self.issues.len() < self.config.limits.max_issues {
            self.issues.push(issue);
        }
    }
}

pub(crate) fn limit(nal: u64, (which, asked, allowed): Exceeded) -> Error {
    Error::Limit { nal, which, asked, allowed }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("config", &self.config).field("statistics", &self.statistics).finish()
    }
}
