//! The buffer model: what the parameter sets say of it, and the times in SEI messages (annexes C and E).

use crate::config::Settings;
use crate::rate_control::BufferConfig;
use rivus_syntax::ps::{CpbEntry, HrdCommon, HrdParameters, SubLayerHrd};

/// Clock of initial removal delays.
const CLOCK: f64 = 90_000.0;

impl Settings {
    /// The decoder's buffer, if there is one: rate and size rounded down to what the stream can say of them.
    pub fn vbv(&self) -> Option<BufferConfig> {
        if self.vbv_bufsize == 0 {
            return None;
        }
        let rate = split(1000 * u64::from(self.vbv_maxrate), 6);
        let size = split(1000 * u64::from(self.vbv_bufsize), 4);
        Some(BufferConfig { rate: rate.0 << rate.1, size: size.0 << size.1, initial: self.vbv_init })
    }
}

/// Writes `value`, rounded down to a multiple of `1 << least`, as mantissa and shift in `least..=least + 15`.
fn split(value: u64, least: u32) -> (u64, u32) {
    let units = (value >> least).max(1);
    let scale = units.trailing_zeros().min(15);
    (units >> scale, scale + least)
}

/// hrd_parameters() for a stream of `sub_layers` temporal sub-layers; the same buffer for each.
pub(crate) fn parameters(vbv: &BufferConfig, sub_layers: usize) -> HrdParameters {
    let (rate, rate_shift) = split(vbv.rate, 6);
    let (size, size_shift) = split(vbv.size, 4);
    let entry = CpbEntry {
        bit_rate_value_minus1: rate as u32 - 1,
        cpb_size_value_minus1: size as u32 - 1,
        ..CpbEntry::default()
    };
    let sub_layer = |is_highest: bool| SubLayerHrd {
        // Without the layers above, pictures come at uneven times.
        fixed_pic_rate_general_flag: is_highest,
        fixed_pic_rate_within_cvs_flag: is_highest,
        nal: vec![entry],
        ..SubLayerHrd::default()
    };
    HrdParameters {
        common: HrdCommon {
            nal_hrd_parameters_present_flag: true,
            bit_rate_scale: (rate_shift - 6) as u8,
            cpb_size_scale: (size_shift - 4) as u8,
            initial_cpb_removal_delay_length_minus1: 31,
            au_cpb_removal_delay_length_minus1: 31,
            dpb_output_delay_length_minus1: 31,
            ..HrdCommon::default()
        },
        sub_layers: (1..=sub_layers).map(|i| sub_layer(i == sub_layers)).collect(),
    }
}

/// nal_initial_cpb_removal_delay and _offset for a buffer holding `fill` bits: the time the fill took to arrive, and what is
/// missing to the whole buffer.
pub(crate) fn initial_delay(vbv: &BufferConfig, fill: f64) -> (u32, u32) {
    let time = |bits: f64| (CLOCK * bits / vbv.rate as f64).floor();
    let whole = time(vbv.size as f64).max(1.0);
    let delay = time(fill).clamp(1.0, whole);
    (delay as u32, (whole - delay) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use proptest::prelude::*;

    proptest! {
        /// The stream says what `vbv` says, within a unit of what was asked for.
        #[test]
        fn parameters_say_the_buffer_exactly(maxrate in 1u32..800_000, bufsize in 1u32..800_000) {
            let mut config = Config::new(64, 64);
            config.set("vbv-maxrate", &maxrate.to_string()).unwrap();
            config.set("vbv-bufsize", &bufsize.to_string()).unwrap();
            let vbv = config.settings().unwrap().vbv().unwrap();
            let hrd = parameters(&vbv, 1);
            let entry = hrd.sub_layers[0].nal[0];
            prop_assert_eq!(entry.bit_rate(&hrd.common), vbv.rate);
            prop_assert_eq!(entry.cpb_size(&hrd.common), vbv.size);
            let (rate, size) = (1000 * u64::from(maxrate), 1000 * u64::from(bufsize));
            prop_assert!(vbv.rate <= rate && rate - vbv.rate < 64);
            prop_assert!(vbv.size <= size && size - vbv.size < 16);
        }

        /// Delay and offset add up to the time a whole buffer takes, and the delay is not 0.
        #[test]
        fn delays_are_legal(rate in 64u64..800_000_000, size in 64u64..800_000_000, part in 0.0..1.0f64) {
            let vbv = BufferConfig { rate, size, initial: 0.9 };
            let whole = (90_000 * size / rate).max(1);
            prop_assume!(whole < 1 << 32);
            let (delay, offset) = initial_delay(&vbv, size as f64 * part);
            prop_assert!(delay > 0);
            prop_assert_eq!(u64::from(delay) + u64::from(offset), whole);
        }
    }
}
