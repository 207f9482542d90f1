//! Where decoding may begin: which pictures can be decoded, what an IRAP picture does to those before it (8.1.3, C.5.2.2),
//! and from where on pictures are right if decoding begins at a recovery point instead (D.3.8).

use rivus_syntax::nal::NalUnitType;
use rivus_syntax::sei::RecoveryPoint;

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
    /// Not to be decoded: a RASL picture whose references are missing, or one before the first IRAP picture or recovery point.
    Skip,
    /// Decoded like any other.
    Continue,
    /// An IRAP picture with NoRaslOutputFlag 1: a coded video sequence begins.
    StartSequence {
        /// NoOutputOfPriorPicsFlag: pictures not yet put out never will be. (Without any, it means nothing.)
        no_output_of_prior_pics: bool,
    },
    /// Decoding begins with a picture that is no IRAP picture but has a recovery point SEI message: it and those after it
    /// may refer to pictures that are not there, and [`Recovery`] says which are right.
    Recover,
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
    /// `has_recovery_point` says whether a recovery point SEI message came with it (D.3.8).
    pub fn picture(
        &mut self,
        kind: NalUnitType,
        no_output_of_prior_pics_flag: bool,
        has_recovery_point: bool,
    ) -> Access {
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
        // Leading pictures belong to an IRAP picture, and no trailing picture refers to them.
        if self.at_start && has_recovery_point && !kind.is_leading() {
            *self = Self { at_start: false, no_rasl_output_flag: false };
            return Access::Recover;
        }
        if self.at_start || (kind.is_rasl() && self.no_rasl_output_flag) {
            Access::Skip
        } else {
            Access::Continue
        }
    }
}

/// D.3.8: which pictures are right after decoding began at a recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// PicOrderCntVal of the picture with the message.
    first_poc: i32,
    /// In output order, pictures from this PicOrderCntVal on are right.
    right_from: i32,
    /// An IRAP picture came since.
    has_irap: bool,
}

impl Recovery {
    /// Decoding begins at picture `poc`, which this message came with.
    pub fn begin(poc: i32, message: RecoveryPoint) -> Self {
        let right_from = poc.saturating_add(message.recovery_poc_cnt.into());
        Self { first_poc: poc, right_from, has_irap: false }
    }

    /// Takes the next picture, the first one included: whether it may be wrong.
    pub fn picture(&mut self, kind: NalUnitType, poc: i32) -> bool {
        if kind.is_irap() {
            // So are those that follow it, but not the RASL pictures before it, in output order.
            self.right_from = self.right_from.min(poc);
            self.has_irap = true;
        }
        poc < self.right_from && !(kind.is_radl() && self.has_irap)
    }

    /// A picture that may be referred to precedes all that was decoded: that it is missing is no damage.
    pub fn is_out_of_reach(&self, poc: i32) -> bool {
        poc < self.first_poc
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
        let mut next = |kind| access.picture(kind, false, false);
        assert_eq!(next(NalUnitType::TRAIL_R), Access::Skip);
        assert_eq!(next(NalUnitType::CRA_NUT), START_AFRESH);
        assert_eq!(next(NalUnitType::RASL_N), Access::Skip);
        assert_eq!(next(NalUnitType::RADL_N), Access::Continue);
        assert_eq!(next(NalUnitType::TRAIL_R), Access::Continue);
        assert_eq!(next(NalUnitType::CRA_NUT), Access::Continue);
        assert_eq!(next(NalUnitType::RASL_N), Access::Continue);
        access.end_of_sequence();
        assert_eq!(access.picture(NalUnitType::CRA_NUT, false, false), START_AFRESH);
        assert_eq!(access.picture(NalUnitType::RASL_R, false, false), Access::Skip);
    }

    #[test]
    fn idr_and_bla_follow_their_flag() {
        let mut access = RandomAccess::default();
        assert_eq!(access.picture(NalUnitType::IDR_W_RADL, false, false), START);
        assert_eq!(access.picture(NalUnitType::IDR_N_LP, true, false), START_AFRESH);
        assert_eq!(access.picture(NalUnitType::BLA_W_LP, false, false), START);
        assert_eq!(access.picture(NalUnitType::RASL_R, false, false), Access::Skip);
        assert_eq!(access.picture(NalUnitType::RADL_R, false, false), Access::Continue);
    }
    #[test]
    fn without_an_irap_picture_decoding_begins_at_a_recovery_point() {
        let mut access = RandomAccess::default();
        assert_eq!(access.picture(NalUnitType::TRAIL_R, false, false), Access::Skip);
        assert_eq!(access.picture(NalUnitType::RADL_R, false, true), Access::Skip);
        assert_eq!(access.picture(NalUnitType::TRAIL_R, false, true), Access::Recover);
        assert_eq!(access.picture(NalUnitType::TRAIL_N, false, true), Access::Continue);
        assert_eq!(access.picture(NalUnitType::CRA_NUT, false, true), Access::Continue);
        assert_eq!(access.picture(NalUnitType::RASL_N, false, false), Access::Continue);
        access.end_of_sequence();
        assert_eq!(access.picture(NalUnitType::TSA_R, false, true), Access::Recover);
        access.end_of_sequence();
        assert_eq!(access.picture(NalUnitType::IDR_N_LP, false, true), START);
    }

    #[test]
    fn pictures_are_right_from_the_recovery_point_or_the_first_irap_picture_on() {
        let message = |recovery_poc_cnt| RecoveryPoint { recovery_poc_cnt, ..RecoveryPoint::default() };
        let mut recovery = Recovery::begin(10, message(4));
        let order = [10, 14, 12, 13, 18];
        assert_eq!(
            order.map(|poc| recovery.picture(NalUnitType::TRAIL_R, poc)),
            [true, false, true, true, false]
        );
        assert!(recovery.is_out_of_reach(9) && !recovery.is_out_of_reach(10));

        let mut recovery = Recovery::begin(10, message(40));
        let mut next = |kind, poc| recovery.picture(kind, poc);
        assert!(next(NalUnitType::RADL_N, 11), "without its IRAP picture");
        assert!(!next(NalUnitType::CRA_NUT, 20));
        assert!(next(NalUnitType::RASL_N, 18) && !next(NalUnitType::RADL_N, 19));
        assert!(!next(NalUnitType::TRAIL_R, 21));

        // Some pictures that follow the one with the message precede it in output order, and are right.
        let mut recovery = Recovery::begin(i32::MIN + 3, message(-2));
        assert!(!recovery.picture(NalUnitType::TRAIL_R, i32::MIN + 2));
        assert!(recovery.picture(NalUnitType::TRAIL_R, i32::MIN));
    }
}
