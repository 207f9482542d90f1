//! 7.3.8.9: mvd_coding(), a motion vector difference.

use rivus_syntax::cabac::binarization::{parse_exp_golomb, write_exp_golomb};
use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::Parser;
use crate::error::{Result, in_range};
use crate::motion::Mv;

impl Parser<'_, '_> {
    pub(super) fn mvd_coding(&mut self) -> Result<Mv> {
        let greater0 = [self.bin(ctx::ABS_MVD_GREATER0_FLAG), self.bin(ctx::ABS_MVD_GREATER0_FLAG)];
        let greater1 = greater0.map(|greater0| greater0 && self.bin(ctx::ABS_MVD_GREATER1_FLAG));
        let x = self.component(greater0[0], greater1[0])?;
        let y = self.component(greater0[1], greater1[1])?;
        Ok(Mv { x, y })
    }

    /// `abs_mvd_minus2` and `mvd_sign_flag` of a component.
    #[inline]
    fn component(&mut self, greater0: bool, greater1: bool) -> Result<i16> {
        if !greater0 {
            return Ok(0);
        }
        let abs = if greater1 {
            2 + i64::from(parse_exp_golomb(&mut self.cabac, 1).unwrap_or(u32::MAX >> 1))
        } else {
            1
        };
        let value = if self.cabac.decode_bypass() { -abs } else { abs };
        in_range("MvdLX", value, i64::from(i16::MIN), i64::from(i16::MAX))?;
        Ok(value as i16)
    }
}

/// Writes a motion vector difference.
#[inline]
pub fn write<B: BinSink>(sink: &mut B, mvd: Mv) {
    let components = [mvd.x, mvd.y];
    for value in components {
        sink.bin(ctx::ABS_MVD_GREATER0_FLAG, value != 0);
    }
    for value in components.into_iter().filter(|&value| value != 0) {
        sink.bin(ctx::ABS_MVD_GREATER1_FLAG, value.unsigned_abs() > 1);
    }
    for value in components.into_iter().filter(|&value| value != 0) {
        let abs = u32::from(value.unsigned_abs());
        if abs > 1 {
            write_exp_golomb(sink, abs - 2, 1);
        }
        sink.bypass(value < 0);
    }
}
