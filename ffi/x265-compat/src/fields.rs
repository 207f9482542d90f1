//! Which field of [`Param`] an option of x265 is kept in, for those that are one number.

use crate::layout::Param;
use rivus_x265_options::TABLE;

/// An option that is one number.
pub(crate) struct Field {
    /// Name of x265's option.
    pub(crate) name: &'static str,
    pub(crate) get: fn(&Param) -> f64,
    pub(crate) set: fn(&mut Param, f64),
}

macro_rules! fields {
    ($($name:literal $field:ident $type:ty;)+) => {
        &[$(Field {
            name: $name,
            get: |param| f64::from(param.$field),
            set: |param, value| param.$field = value as $type,
        },)+]
    };
}

/// The options that are one number.
pub(crate) static FIELDS: &[Field] = fields! {
    "wpp" wavefront i32;
    "level-idc" level i32;
    "high-tier" high_tier i32;
    "ref" refs i32;
    "repeat-headers" repeat_headers i32;
    "aud" aud i32;
    "hrd" hrd i32;
    "info" info i32;
    "hash" hash i32;
    "temporal-layers" temporal_layers i32;
    "open-gop" open_gop i32;
    "min-keyint" min_keyint i32;
    "keyint" keyint i32;
    "bframes" bframes i32;
    "b-adapt" b_adapt i32;
    "b-pyramid" b_pyramid i32;
    "rc-lookahead" lookahead i32;
    "scenecut" scenecut i32;
    "ctu" ctu u32;
    "min-cu-size" min_cu u32;
    "max-tu-size" max_tu u32;
    "rect" rect i32;
    "amp" amp i32;
    "tu-inter-depth" tu_inter u32;
    "tu-intra-depth" tu_intra u32;
    "rdoq-level" rdoq i32;
    "signhide" sign_hiding i32;
    "strong-intra-smoothing" strong_intra i32;
    "max-merge" max_merge u32;
    "subme" subme i32;
    "merange" merange i32;
    "temporal-mvp" temporal_mvp i32;
    "sao" sao i32;
    "early-skip" early_skip i32;
    "rskip" rskip i32;
    "lossless" lossless i32;
    "interlace" interlace i32;
    "cbqpoffs" cb_qp_offset i32;
    "crqpoffs" cr_qp_offset i32;
    "qcomp" qcomp f64;
    "ipratio" ip_ratio f64;
    "aq-mode" aq_mode i32;
    "aq-strength" aq_strength f64;
    "vbv-maxrate" vbv_maxrate i32;
    "vbv-bufsize" vbv_bufsize i32;
    "vbv-init" vbv_init f64;
    "cutree" cutree i32;
    "qg-size" qg_size u32;
    "qpmin" qpmin i32;
    "qpmax" qpmax i32;
};

fn index(name: &str) -> Option<usize> {
    TABLE.iter().position(|entry| entry.name == name)
}

impl Param {
    /// Notes that the option was set by name; false if it was before.
    pub(crate) fn tell(&mut self, name: &str) -> bool {
        let Some(index) = index(name) else { return true };
        let was = self.is_told(name);
        self.own.told[index / 8] |= 1 << (index % 8);
        !was
    }

    /// Whether the option was set by name.
    pub(crate) fn is_told(&self, name: &str) -> bool {
        index(name).is_some_and(|index| self.own.told[index / 8] >> (index % 8) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_bit_and_every_field_an_option() {
        let mut param = Param::new(8);
        assert!(TABLE.len() <= 8 * param.own.told.len());
        for field in FIELDS {
            assert!(index(field.name).is_some(), "{}", field.name);
            (field.set)(&mut param, 1.0);
            assert_eq!((field.get)(&param), 1.0);
        }
        assert!(!param.is_told("ref") && param.tell("ref") && !param.tell("ref") && param.is_told("ref"));
    }
}
