//! Options of an encoder.

use crate::error::{Failure, RivusStatus};
use crate::handle::{self, Handle, Shared, c_text};
use crate::log::{Log, RivusLogCallback};
use crate::option::{Descriptions, RivusOption};
use crate::text;
use rivus::{Config, OptionInfo};
use std::ffi::{CString, c_char, c_void};

/// What an encoder is to do: options with names and values, all as text. Made by `rivus_config_create`.
pub struct RivusConfig {
    shared: Shared<ConfigState>,
}

pub(crate) struct ConfigState {
    pub(crate) config: Config,
    /// The text that `rivus_config_get` returned last.
    value: CString,
    options: Descriptions,
}

impl Handle for RivusConfig {
    type Value = ConfigState;

    fn shared(&self) -> &Shared<ConfigState> {
        &self.shared
    }
}

/// Makes a configuration with default values for pictures of this size, and writes it to `*config`. With 0 and 0 the size is
/// left to the option `input-res`. `*config` is null after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_create(
    width: u32,
    height: u32,
    config: *mut *mut RivusConfig,
) -> RivusStatus {
    handle::guard_status(|| {
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { handle::clear(config, "config") }?;
        let mut value = Config::default();
        if (width, height) != (0, 0) {
            value.set("input-res", &format!("{width}x{height}"))?;
        }
        let state =
            ConfigState { config: value, value: CString::default(), options: Descriptions::default() };
        // SAFETY: not null, as just checked.
        unsafe { handle::hand_out(config, RivusConfig { shared: Shared::new(state, Log::default()) }) };
        Ok(RivusStatus::Ok)
    })
}

/// Sets an option. Underscores in names count as hyphens, and `no-` before the name of a flag sets it to 0. After an error the
/// configuration is as before, and `rivus_config_error` says which option or value is wrong and what would be right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_set(
    config: *mut RivusConfig,
    name: *const c_char,
    value: *const c_char,
) -> RivusStatus {
    let set = |state: &mut ConfigState, _: &mut Log| {
        // SAFETY: null or texts, by the contract of all functions.
        let (name, value) = unsafe { (text::read(name, "name")?, text::read(value, "value")?) };
        state.config.set(name, value)?;
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, set) }
}

/// The value an option has, be it set, from a preset or by default; null if there is no such option. The text belongs to the
/// configuration and lives until the next call of this function for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_get(config: *mut RivusConfig, name: *const c_char) -> *const c_char {
    let get = |state: &mut ConfigState, _: &mut Log| {
        // SAFETY: null or a text, by the contract of all functions.
        let name = unsafe { text::read(name, "name") }?;
        let unknown = || Failure::new(RivusStatus::ErrorOption, format!("there is no option named {name}"));
        state.value = c_text(&state.config.get(name).ok_or_else(unknown)?);
        Ok(state.value.as_ptr())
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call_for(config, get, |_| std::ptr::null()) }
}

/// Describes option number `index`, from 0, in the order help should list them. `RIVUS_STATUS_END` after the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_option(
    config: *mut RivusConfig,
    index: usize,
    option: *mut RivusOption,
) -> RivusStatus {
    let describe = |state: &mut ConfigState, _: &mut Log| {
        let texts = |option: &OptionInfo| {
            let (name, group, help) = (option.name.into(), option.group.into(), option.help().into());
            [name, group, option.legal.to_string(), help, option.default()]
        };
        // SAFETY: null or valid, by the contract of all functions.
        unsafe { state.options.describe(|| Config::options().iter().map(texts).collect(), index, option) }
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, describe) }
}

/// Has messages of this configuration, and of encoders that are made of it afterwards, given to `callback` with `opaque`. Both
/// must be good for every thread that uses them. Null ends it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_set_log(
    config: *mut RivusConfig,
    callback: RivusLogCallback,
    opaque: *mut c_void,
) -> RivusStatus {
    let set = |_: &mut ConfigState, log: &mut Log| {
        *log = Log::new(callback, opaque);
        Ok(RivusStatus::Ok)
    };
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::call(config, set) }
}

/// What was wrong in the last call that failed, `rivus_encoder_create` included; empty before the first one. The text belongs to
/// the configuration and lives until its next failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_error(config: *const RivusConfig) -> *const c_char {
    // SAFETY: null or a live handle, by the contract of all functions.
    unsafe { handle::error_text(config) }
}

/// Destroys `*config` and makes it null. Null, or a pointer to null, is ignored. Encoders made of it stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rivus_config_destroy(config: *mut *mut RivusConfig) {
    // SAFETY: null or a place that holds null or a live handle, by the contract of all functions.
    unsafe { handle::destroy(config) };
}
