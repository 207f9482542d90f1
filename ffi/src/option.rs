//! Descriptions of options.

use crate::error::{Failure, RivusStatus};
use crate::handle::c_text;
use crate::sized::{self, SizedStruct};
use std::ffi::{CString, c_char};
use std::mem::offset_of;

/// An option of an encoder or decoder. All texts belong to the configuration and live as long as it does.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RivusOption {
    /// `sizeof(RivusOption)`, set by the caller.
    pub size: usize,
    /// Name.
    pub name: *const c_char,
    /// Heading under which help lists it.
    pub group: *const c_char,
    /// What it accepts, as the end of "expected ...".
    pub legal: *const c_char,
    /// One sentence on what it does.
    pub help: *const c_char,
    /// The value it has if nobody sets it and no preset or tune does.
    pub default_value: *const c_char,
}

// SAFETY: `repr(C)`, a size and pointers that are only written.
unsafe impl SizedStruct for RivusOption {
    const NAME: &'static str = "RivusOption";
    const FIRST: usize = offset_of!(RivusOption, default_value) + size_of::<usize>();
}

/// The texts that [`RivusOption`]s of a configuration point to; made when they are first asked for.
#[derive(Default)]
pub(crate) struct Descriptions(Vec<[CString; 5]>);

impl Descriptions {
    /// Writes the description of option number `index` to `*option`; null texts and `End` after the last one. `all` gives name,
    /// group, legal values, help and default of every option.
    ///
    /// # Safety
    /// `option` is null or valid.
    pub(crate) unsafe fn describe(
        &mut self,
        all: impl FnOnce() -> Vec<[String; 5]>,
        index: usize,
        option: *mut RivusOption,
    ) -> Result<RivusStatus, Failure> {
        if self.0.is_empty() {
            self.0 = all().iter().map(|texts| texts.each_ref().map(|text| c_text(text))).collect();
        }
        let found = self.0.get(index).map(|texts| texts.each_ref().map(|text| text.as_ptr()));
        let [name, group, legal, help, default_value] = found.unwrap_or([std::ptr::null(); 5]);
        let info = RivusOption { size: 0, name, group, legal, help, default_value };
        // SAFETY: by the contract of this function.
        unsafe { sized::write(option, &info) }?;
        Ok(if found.is_some() { RivusStatus::Ok } else { RivusStatus::End })
    }
}
