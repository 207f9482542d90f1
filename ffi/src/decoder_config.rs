//! Options of a decoder.

use crate::error::{Failure, RivusStatus};
use crate::handle::{self, Handle, Shared, c_text};
use crate::log::{Log, RivusLogCallback};
use crate::option::{Descriptions, RivusOption};
use crate::text;
use rivus::{DecoderConfig, Skip};
use std::ffi::{CString, c_char, c_void};

/// What a decoder is to do: options with names and values, all as text. Made by `rivus_decoder_config_create`.
pub struct RivusDecoderConfig {
    shared: Shared<DecoderConfigState>,
}

pub(crate) struct DecoderConfigState {
    pub(crate) config: DecoderConfig,
    /// The text that `rivus_decoder_config_get` returned last.
    value: CString,
    options: Descriptions,
}

impl Handle for RivusDecoderConfig {
    type Value = DecoderConfigState;

    fn shared(&self) -> &Shared<DecoderConfigState> {
        &self.shared
    }
}

/// An option of the decoder.
struct DecoderOption {
    name: &'static str,
    group: &'static str,
    help: &'static str,
    legal: &'static str,
    get: fn(&DecoderConfig) -> String,
    /// False if the value is not legal.
    set: fn(&mut DecoderConfig, &str) -> bool,
}

/// An option that is a whole number in a range.
macro_rules! number {
    ($group:literal, $name:literal, $($field:ident).+, $min:literal..=$max:literal, $help:literal) => {
        DecoderOption {
            name: $name,
            group: $group,
            help: $help,
            legal: concat!("a whole number in ", $min, "..=", $max),
            get: |config| config.$($field).+.to_string(),
            set: |config, text| match text.parse() {
                Ok(value) if ($min..=$max).contains(&value) => {
                    config.$($field).+ = value;
                    true
                }
                _ => false,
            },
        }
    };
}

/// An option that is 0 or 1.
macro_rules! flag {
    ($group:literal, $name:literal, $field:ident, $help:literal) => {
        DecoderOption {
            name: $name,
            group: $group,
            help: $help,
            legal: "0 or 1",
            get: |config| u8::from(config.$field).to_string(),
            set: |config, text| match text {
                "0" | "1" => {
                    config.$field = text == "1";
                    true
                }
                _ => false,
            },
        }
    };
}

/// Values of the option `skip`.
const SKIPS: [(&str, Skip); 4] = [
    ("none", Skip::Nothing),
    ("nonref", Skip::NonReference),
    ("nonintra", Skip::NonIntra),
    ("nonkey", Skip::NonKey),
];

/// All options, in the order of help.
const OPTIONS: &[DecoderOption] = &[
    number!(
        "Decoding",
        "max-temporal-id",
        max_temporal_id,
        0..=6,
        "Temporal sub-layers above this are dropped."
    ),
    DecoderOption {
        name: "skip",
        group: "Decoding",
        help: "Pictures that are not decoded and do not come out.",
        legal: "one of none, nonref, nonintra, nonkey",
        get: |config| SKIPS.iter().find(|skip| skip.1 == config.skip).map_or("", |skip| skip.0).to_owned(),
        set: |config, text| {
            let skip = SKIPS.iter().find(|skip| skip.0 == text);
            skip.map(|skip| config.skip = skip.1).is_some()
        },
    },
    flag!("Decoding", "low-delay", low_delay, "Every picture comes out as soon as its order allows."),
    flag!(
        "Decoding",
        "output-recovering",
        output_recovering,
        "Pictures before the recovery point that decoding began at come out too."
    ),
    flag!("Decoding", "verify-hash", verify_hash, "Pictures are compared with their hash messages."),
    number!(
        "Performance",
        "threads",
        threads,
        0..=256,
        "Threads: 0 is one per core, 1 decodes in the calls themselves."
    ),
    number!(
        "Performance",
        "frames-in-flight",
        frames_in_flight,
        0..=64,
        "Pictures decoded at the same time; 0 chooses by the number of threads."
    ),
    DecoderOption {
        name: "tier",
        group: "Performance",
        help: "Best kernels that may be used.",
        legal: "auto, or one of scalar, baseline, avx2, avx512",
        get: |config| config.tier.map_or("auto", rivus::Tier::name).to_owned(),
        set: |config, text| {
            let tier = if text == "auto" { Some(None) } else { text.parse().ok().map(Some) };
            tier.map(|tier| config.tier = tier).is_some()
        },
    },
    number!(
        "Limits",
        "max-luma-samples",
        limits.max_luma_samples,
        1..=285_212_672,
        "Luma samples of a picture."
    ),
    number!("Limits", "max-dimension", limits.max_dimension, 1..=65_535, "Width and height of a picture."),
    number!(
        "Limits",
        "max-picture-memory",
        limits.max_picture_memory,
        1..=1_099_511_627_776,
        "Bytes of all pictures at the same time, those handed out included."
    ),
    number!("Limits", "max-nal-size", limits.max_nal_size, 1..=1_073_741_824, "Bytes of a NAL unit."),
    number!(
        "Limits",
        "max-dpb-pictures",
        limits.max_dpb_pictures,
        1..=16,
        "Pictures in the decoded picture buffer."
    ),
    number!(
        "Limits",
        "max-slice-segments",
        limits.max_slice_segments,
        1..=1_000_000,
        "Slice segments of a picture."
    ),
    number!(
        "Limits",
        "max-sei-messages",
        limits.max_sei_messages,
        0..=65_536,
        "SEI messages of an access unit that are looked at."
    ),
    number!(
        "Limits",
        "max-issues",
        limits.max_issues,
        0..=1_000_000,
        "Reports about damage that are kept for the log."
    ),
];

fn find(name: &str) -> Result<&'static DecoderOption, Failure> {
    let hyphened = name.replace('_', "-");
    let unknown = || Failure::new(RivusStatus::ErrorOption, format!("there is no option named {name}"));
    OPTIONS.iter().find(|option| option.name == hyphened).ok_or_else(unknown)
}

/// Makes a configuration with default values and writes it to `*config`, which is null after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_create(config: *mut *mut RivusDecoderConfig) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(config, "config") }?;
        let state = DecoderConfigState {
            config: DecoderConfig::default(),
            value: CString::default(),
            options: Descriptions::default(),
        };
        // SAFETY: not null, as just checked.
        unsafe {
            handle::hand_out(config, RivusDecoderConfig { shared: Shared::new(state, Log::default()) })
        };
        Ok(RivusStatus::Ok)
    })
}

/// Sets an option. Underscores in names count as hyphens. After an error the configuration is as
/// before, and `rivus_decoder_config_error` says which option or value is wrong and what would be right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_set(
    config: *mut RivusDecoderConfig,
    name: *const c_char,
    value: *const c_char,
) -> RivusStatus {
    let set = |state: &mut DecoderConfigState, _: &mut Log| {
        // SAFETY: null or texts, by the contract of all functions.
        let (name, value) = unsafe { (text::read(name, "name")?, text::read(value, "value")?) };
        let option = find(name)?;
        if (option.set)(&mut state.config, value) {
            return Ok(RivusStatus::Ok);
        }
        let text = format!("{}: {value} is not legal, expected {}", option.name, option.legal);
        Err(Failure::new(RivusStatus::ErrorValue, text))
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, set) }
}

/// The value an option has; null if there is no such option. The text belongs to the configuration and lives until the next
/// call of this function for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_get(
    config: *mut RivusDecoderConfig,
    name: *const c_char,
) -> *const c_char {
    let get = |state: &mut DecoderConfigState, _: &mut Log| {
        // SAFETY: null or a text, by the contract of all functions.
        let option = find(unsafe { text::read(name, "name") }?)?;
        state.value = c_text(&(option.get)(&state.config));
        Ok(state.value.as_ptr())
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call_for(config, get, |_| std::ptr::null()) }
}

/// Describes option number `index`, from 0, in the order help should list them. `RIVUS_STATUS_END` after the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_option(
    config: *mut RivusDecoderConfig,
    index: usize,
    option: *mut RivusOption,
) -> RivusStatus {
    let describe = |state: &mut DecoderConfigState, _: &mut Log| {
        let default = DecoderConfig::default();
        let texts = |option: &DecoderOption| {
            let DecoderOption { name, group, legal, help, get, .. } = option;
            [(*name).into(), (*group).into(), (*legal).into(), (*help).into(), get(&default)]
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { state.options.describe(|| OPTIONS.iter().map(texts).collect(), index, option) }
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, describe) }
}

/// Has messages of this configuration, and of decoders that are made of it afterwards, given to `callback` with `opaque`:
/// among them warnings about damage in the stream. Both must be good for every thread that uses them. Null ends it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_set_log(
    config: *mut RivusDecoderConfig,
    callback: RivusLogCallback,
    opaque: *mut c_void,
) -> RivusStatus {
    let set = |_: &mut DecoderConfigState, log: &mut Log| {
        *log = Log::new(callback, opaque);
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, set) }
}

/// What was wrong in the last call that failed, `rivus_decoder_create` included; empty before the first one. The text belongs to
/// the configuration and lives until its next failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_error(config: *const RivusDecoderConfig) -> *const c_char {
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::error_text(config) }
}

/// Destroys `*config` and makes it null. Null, or a pointer to null, is ignored. Decoders made of it stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_decoder_config_destroy(config: *mut *mut RivusDecoderConfig) {
    // SAFETY: null or a place that holds null or a live handle, by the contract of all functions.
    unsafe { handle::destroy(config) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every option keeps the value it has by default, and refuses what is none.
    #[test]
    fn options_round_trip() {
        for option in OPTIONS {
            let mut config = DecoderConfig::default();
            let default = (option.get)(&config);
            assert!((option.set)(&mut config, &default), "{}: {default}", option.name);
            assert_eq!(config, DecoderConfig::default());
            assert!(!(option.set)(&mut config, "~7"), "{}", option.name);
            assert_eq!(config, DecoderConfig::default());
        }
        let mut config = DecoderConfig::default();
        let mut set = |name: &str, value| (find(name).expect("known").set)(&mut config, value);
        assert!(set("threads", "3") && set("verify_hash", "1") && set("tier", "avx2"));
        assert!(!set("threads", "257") && !set("max-dpb-pictures", "0"));
        assert_eq!((config.threads, config.verify_hash, config.tier), (3, true, Some(rivus::Tier::Avx2)));
    }
}
