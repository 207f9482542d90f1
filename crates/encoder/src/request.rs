//! What a caller asks of one picture besides its samples: a kind, QP offsets, SEI messages.

use crate::error::Error;
use crate::lookahead::gop::PictureKind;
use crate::lookahead::lowres::Grid;
use crate::times::StageTimes;
use rivus_syntax::ps::Sps;
use rivus_syntax::sei::SeiPayload;
use std::sync::Arc;

/// Most bytes of SEI payloads with one picture.
const MAX_SEI_BYTES: usize = 1 << 18;
/// Largest QP offset, either way.
const MAX_QP_OFFSET: f32 = 51.0;

/// payloadType values of messages that describe a whole coded video sequence: mastering display colour volume, content light
/// level, alternative transfer characteristics. They must come with its first picture (D.3.28, D.3.35, D.3.38).
const DESCRIPTIVE: [u32; 3] = [137, 144, 147];
/// payloadType values that the encoder writes itself, or that speak of what it alone decides: buffering period, picture timing,
/// recovery point, active parameter sets, decoding unit information, decoded picture hash, scalable nesting.
const RESERVED: [u32; 7] = [0, 1, 6, 129, 130, 132, 133];

/// What came with an [`InputPicture`](crate::InputPicture), borrowed from the caller.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Request<'a> {
    pub(crate) kind: Option<PictureKind>,
    pub(crate) qp_offsets: &'a [f32],
    pub(crate) sei: &'a [SeiPayload],
    pub(crate) trace: bool,
}

/// What a picture brings along until it is coded.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// What it is to become.
    pub kind: Option<PictureKind>,
    /// QP offsets of the 16x16 blocks of the coded picture, row by row; empty for none.
    pub qp_offsets: Vec<f32>,
    /// SEI messages.
    pub messages: Messages,
    /// Its decisions are to be traced.
    pub trace: bool,
    /// Time spent on it so far.
    pub times: StageTimes,
}

/// SEI messages that come with a picture.
#[derive(Clone, Debug)]
pub struct Messages {
    /// Those of this picture.
    pub own: Vec<SeiPayload>,
    /// Those that describe the video from the first random access point on that is not shown before the picture they came with.
    pub description: Arc<[SeiPayload]>,
}

impl Default for Messages {
    fn default() -> Self {
        Self { own: Vec::new(), description: Arc::new([]) }
    }
}

/// Checks requests, and keeps what holds for more than one picture.
#[derive(Debug)]
pub(crate) struct Requests {
    /// Size of the pictures in 16x16 blocks, and that of coded pictures.
    given: Grid,
    coded: Grid,
    /// Blocks can have a QP of their own.
    qp_varies: bool,
    description: Arc<[SeiPayload]>,
}

impl Requests {
    /// Before the first picture of `size`, coded at size `coded`; `description` is what the configuration says of the video.
    pub(crate) fn new(
        size: (usize, usize),
        coded: (usize, usize),
        qp_varies: bool,
        description: Vec<SeiPayload>,
    ) -> Self {
        let (given, coded) = (Grid::new(size.0, size.1), Grid::new(coded.0, coded.1));
        Self { given, coded, qp_varies, description: description.into() }
    }

    /// Whether the request can be granted.
    ///
    /// # Errors
    /// [`Error::Picture`] if offsets are not as many as there are blocks, or out of range, or cannot be coded, or if messages
    /// are not for callers to give or too large. `sps` is only asked for what messages of those kinds need.
    pub(crate) fn check(&self, request: &Request<'_>, sps: &Sps) -> Result<(), Error> {
        let refuse = |property, value: String, expected: &str| {
            Err(Error::Picture { property, value, expected: expected.to_owned() })
        };
        let offsets = request.qp_offsets;
        if !offsets.is_empty() {
            let Grid { width, height } = self.given;
            if offsets.len() != self.given.count() {
                let expected = format!("{width}x{height}, one for every 16x16 samples");
                return refuse("number of QP offsets", offsets.len().to_string(), &expected);
            }
            let range = -MAX_QP_OFFSET..=MAX_QP_OFFSET;
            if let Some(wrong) = offsets.iter().find(|offset| !range.contains(*offset)) {
                return refuse("QP offset", wrong.to_string(), "a number in -51..=51");
            }
            if !self.qp_varies {
                return refuse("QP offset map", "present".to_owned(), "none without the option roi");
            }
        }
        if let Some(reserved) = request.sei.iter().find(|m| RESERVED.contains(&m.payload_type())) {
            let expected = "one that the encoder does not write itself";
            return refuse("type of an SEI message", reserved.payload_type().to_string(), expected);
        }
        let bytes: usize = request.sei.iter().map(|message| message.to_bytes(sps).len()).sum();
        if bytes > MAX_SEI_BYTES {
            return refuse("size of the SEI messages", bytes.to_string(), "at most 262144 bytes");
        }
        Ok(())
    }

    /// Takes the request of the next picture in display order, which [`Self::check`] has let pass.
    pub(crate) fn take(&mut self, request: &Request<'_>) -> Wishes {
        let is_descriptive = |message: &&SeiPayload| DESCRIPTIVE.contains(&message.payload_type());
        for message in request.sei.iter().filter(is_descriptive) {
            let others = self.description.iter().filter(|m| m.payload_type() != message.payload_type());
            self.description = others.chain([message]).cloned().collect();
        }
        Wishes {
            kind: request.kind,
            qp_offsets: self.coded_offsets(request.qp_offsets),
            messages: Messages {
                own: request.sei.iter().filter(|m| !is_descriptive(m)).cloned().collect(),
                description: Arc::clone(&self.description),
            },
            trace: request.trace,
            times: StageTimes::default(),
        }
    }

    /// The offsets at coded size: the last row and column repeat.
    fn coded_offsets(&self, offsets: &[f32]) -> Vec<f32> {
        if offsets.is_empty()
            || self.given.width == self.coded.width && self.given.height == self.coded.height
        {
            return offsets.to_vec();
        }
        let Grid { width, height } = self.given;
        let at = |x: usize, y: usize| offsets[y.min(height - 1) * width + x.min(width - 1)];
        (0..self.coded.height).flat_map(|y| (0..self.coded.width).map(move |x| at(x, y))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures of 40x20, coded as 64x32.
    fn requests(qp_varies: bool) -> Requests {
        Requests::new((40, 20), (64, 32), qp_varies, Vec::new())
    }

    fn raw(payload_type: u32, size: usize) -> SeiPayload {
        SeiPayload::Raw { payload_type, data: vec![1; size] }
    }

    fn refusal(requests: &Requests, request: Request<'_>) -> String {
        requests.check(&request, &Sps::default()).expect_err("must be refused").to_string()
    }

    /// Every kind of wrong request is refused by name.
    #[test]
    fn wrong_requests_are_refused() {
        let of_offsets = |offsets| Request { qp_offsets: offsets, ..Request::default() };
        let error = refusal(&requests(true), of_offsets(&[0.0; 5]));
        assert_eq!(
            error,
            "number of QP offsets of the picture is 5, expected 3x2, one for every 16x16 samples"
        );
        assert!(refusal(&requests(true), of_offsets(&[0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0])).contains("NaN"));
        assert!(refusal(&requests(true), of_offsets(&[-51.5; 6])).contains("-51.5"));
        assert!(refusal(&requests(false), of_offsets(&[1.0; 6])).contains("option roi"));
        for payload_type in RESERVED {
            let request = Request { sei: &[raw(payload_type, 4)], ..Request::default() };
            assert!(refusal(&requests(true), request).contains(&format!(" {payload_type},")));
        }
        let request = Request { sei: &[raw(4, 200_000), raw(5, 62_145)], ..Request::default() };
        assert!(refusal(&requests(true), request).contains("262145"));
    }

    /// Offsets of blocks beyond the picture repeat those of its last row and column.
    #[test]
    fn offsets_reach_to_the_coded_size() {
        let offsets = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let request = Request { qp_offsets: &offsets, ..Request::default() };
        assert!(requests(true).check(&request, &Sps::default()).is_ok());
        assert_eq!(requests(true).take(&request).qp_offsets, [1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0, 6.0]);
        assert!(requests(true).take(&Request::default()).qp_offsets.is_empty());
    }

    /// A description holds until another of its type comes; other messages belong to one picture.
    #[test]
    fn descriptions_stay_and_other_messages_do_not() {
        let mut requests = Requests::new((64, 64), (64, 64), false, vec![raw(137, 24)]);
        let with = [raw(144, 4), raw(4, 9)];
        let first = requests.take(&Request { sei: &with, ..Request::default() }).messages;
        assert_eq!(
            (first.own, first.description.to_vec()),
            (vec![raw(4, 9)], vec![raw(137, 24), raw(144, 4)])
        );
        let with = [raw(137, 25)];
        let second = requests.take(&Request { sei: &with, ..Request::default() }).messages;
        assert_eq!((second.own, second.description.to_vec()), (vec![], vec![raw(144, 4), raw(137, 25)]));
        let third = requests.take(&Request::default()).messages;
        assert_eq!(third.description, second.description);
    }
}
