//! Where decoding may begin: which pictures can be decoded and what an IRAP picture does to those before it
//! (8.1.3, C.5.2.2).

use rivus_syntax::nal::NalUnitType;

/// Follows a stream from picture to picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomAccess {
    /// The next picture is the first of the bitstream or follows an end of sequence.
    at_start: bool,
    /// NoRaslOutputFlag of the latest IRAP picture.
    no_rasl_output_flag: bool,
}

/// What a picture's place in the stream means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Not to be decoded: a RASL picture whose references are missing, or one before the first IRAP picture.
    Skip,
    /// Decoded like any other.
    Continue,
    /// An IRAP picture with NoRaslOutputFlag 1: a coded video sequence begins.
    StartSequence {
        /// NoOutputOfPriorPicsFlag: pictures not yet put out never will be. (Without any, it means nothing.)
        no_output_of_prior_pics: bool,
    },
}

impl Default for RandomAccess {
    fn default() -> Self {
        Self { at_start: true, no_rasl_output_flag: true }
    }
}

impl RandomAccess {
    /// An end of sequence or end of bitstream NAL unit, or a jump to another place of the stream.
    pub fn end_of_sequence(&mut self) {
        self.at_start = true;
    }

    /// 8.1.3: takes the next picture, of type `kind` and with this `no_output_of_prior_pics_flag` (if IRAP).
    pub fn picture(&mut self, kind: NalUnitType, no_output_of_prior_pics_flag: bool) -> Access {
        if kind.is_irap() {
            self.no_rasl_output_flag = self.at_start || kind.is_idr() || kind.is_bla();
            self.at_start = false;
            return if self.no_rasl_output_flag {
                let no_output_of_prior_pics = kind.is_cra() || no_output_of_prior_pics_flag;
                Access::StartSequence { no_output_of_prior_pics }
            } else {
                Access::Continue
            };
        }
        if self.at_start || (kind.is_rasl() && self.no_rasl_output_flag) {
            Access::Skip
        } else {
            Access::Continue
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Access = Access::StartSequence { no_output_of_prior_pics: false };
    const START_AFRESH: Access = Access::StartSequence { no_output_of_prior_pics: true };

    #[test]
    fn a_stream_cut_at_a_cra_loses_its_rasl_pictures_only() {
        let mut access = RandomAccess::default();
        let mut next = |kind| access.picture(kind, false);
        assert_eq!(next(NalUnitType::TRAIL_R), Access::Skip);
        assert_eq!(next(NalUnitType::CRA_NUT), START_AFRESH);
        assert_eq!(next(NalUnitType::RASL_N), Access::Skip);
        assert_eq!(next(NalUnitType::RADL_N), Access::Continue);
        assert_eq!(next(NalUnitType::TRAIL_R), Access::Continue);
        assert_eq!(next(NalUnitType::CRA_NUT), Access::Continue);
        assert_eq!(next(NalUnitType::RASL_N), Access::Continue);
        access.end_of_sequence();
        assert_eq!(access.picture(NalUnitType::CRA_NUT, false), START_AFRESH);
        assert_eq!(access.picture(NalUnitType::RASL_R, false), Access::Skip);
    }

    #[test]
    fn idr_and_bla_follow_their_flag() {
        let mut access = RandomAccess::default();
        assert_eq!(access.picture(NalUnitType::IDR_W_RADL, false), START);
        assert_eq!(access.picture(NalUnitType::IDR_N_LP, true), START_AFRESH);
        assert_eq!(access.picture(NalUnitType::BLA_W_LP, false), START);
        assert_eq!(access.picture(NalUnitType::RASL_R, false), Access::Skip);
        assert_eq!(access.picture(NalUnitType::RADL_R, false), Access::Continue);
    }
}
