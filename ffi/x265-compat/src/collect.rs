//! From the fields of [`Param`] to a configuration.

use crate::fields::FIELDS;
use crate::guard;
use crate::layout::{Param, number};
use rivus::{Config, Preset, Tune};
use rivus_x265_options::Choices;

/// Frame rate where the program's is none: a clock, or zero.
const FALLBACK_RATE: &str = "25";
/// Highest frame rate of Rivus.
const HIGHEST_RATE: f64 = 1000.0;

/// A configuration, and what the user should know.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) config: Config,
    pub(crate) notes: Vec<String>,
}

/// The configuration for an encoder.
///
/// # Errors
/// The text says which option is not possible.
///
/// # Safety
/// Texts that `param` points to are null or valid.
pub(crate) unsafe fn collect(param: &Param) -> Result<Collected, String> {
    // SAFETY: by the contract of this function.
    let choices = unsafe { choices(param) }?;
    let (settings, mut notes) = choices.finish();
    let mut config = Config::default();
    let (rate, note) = frame_rate(param);
    notes.extend(note);
    let given = [
        ("input-res", format!("{}x{}", param.width, param.height)),
        ("fps", rate),
        ("output-depth", param.bit_depth.to_string()),
    ];
    for (name, value) in given.iter().map(|(name, value)| (*name, value.as_str())) {
        config.set(name, value).map_err(|error| error.to_string())?;
    }
    for (name, value) in &settings {
        config.set(name, value).map_err(|error| error.to_string())?;
    }
    // Explicit weights need a second PPS, and programs such as GStreamer's x265enc keep but one of the headers they are given.
    config.set("weighted", "0").map_err(|error| error.to_string())?;
    Ok(Collected { config, notes })
}

/// Everything that was chosen: what the program set by name, and fields that it wrote another value to than they had.
///
/// # Safety
/// As [`collect`].
unsafe fn choices(param: &Param) -> Result<Choices, String> {
    let mut choices = Choices::default();
    let mut set =
        |name: &str, value: String| choices.set(name, Some(&value)).map_err(|refusal| refusal.to_string());
    let names = [("preset", param.own.preset, Preset::NAMES), ("tune", param.own.tune, Tune::NAMES)];
    for (option, index, names) in names {
        if let Some(name) = usize::from(index).checked_sub(1).and_then(|index| names.get(index)) {
            set(option, (*name).to_owned())?;
        }
    }
    let default = Param::new(param.bit_depth);
    for field in FIELDS {
        if param.is_told(field.name) || (field.get)(param) != (field.get)(&default) {
            set(field.name, (field.get)(param).to_string())?;
        }
    }
    // Not chosen, but what the call for headers promises.
    set("repeat-headers", param.repeat_headers.to_string())?;
    match param.rate_mode {
        number::QP => set("qp", param.qp.to_string())?,
        number::BITRATE if param.bitrate > 0 => set("bitrate", param.bitrate.to_string())?,
        _ => set("crf", param.crf.to_string())?,
    }
    if param.deblock == 0 {
        set("deblock", "false".to_owned())?;
    } else if param.is_told("deblock") || (param.deblock_tc, param.deblock_beta) != (0, 0) {
        set("deblock", format!("{}:{}", param.deblock_tc, param.deblock_beta))?;
    }
    // SAFETY: by the contract of this function.
    let pools = unsafe { guard::text(param.pools) }.map_err(|error| format!("pools: {error}"))?;
    if let Some(pools) = pools.filter(|text| !text.is_empty()) {
        set("pools", pools.to_owned())?;
    } else if param.own.threads > 0 {
        set("pools", param.own.threads.to_string())?;
    }
    describe(param, &mut set)?;
    // SAFETY: by the contract of this function.
    if let Some(display) = unsafe { master_display(param) }? {
        set("master-display", display)?;
    }
    Ok(choices)
}

/// What the fields say of the video.
fn describe(param: &Param, set: &mut impl FnMut(&str, String) -> Result<(), String>) -> Result<(), String> {
    match param.sar_number {
        0 => {}
        number::EXTENDED_SAR if param.sar_width > 0 && param.sar_height > 0 => {
            set("sar", format!("{}:{}", param.sar_width, param.sar_height))?;
        }
        number::EXTENDED_SAR => {}
        numbered => set("sar", numbered.to_string())?,
    }
    if param.has_signal != 0 || param.full_range != 0 {
        set("range", (if param.full_range != 0 { "full" } else { "limited" }).to_owned())?;
    }
    if param.has_colour != 0 {
        set("colorprim", param.primaries.to_string())?;
        set("transfer", param.transfer.to_string())?;
        set("colormatrix", param.matrix.to_string())?;
    }
    if param.has_chroma_location != 0 {
        set("chromaloc", param.chroma_location.to_string())?;
    }
    if (param.max_cll, param.max_fall) != (0, 0) {
        set("max-cll", format!("{},{}", param.max_cll, param.max_fall))?;
    }
    Ok(())
}

/// The mastering display, from a text of the program's or from what was set by name.
///
/// # Safety
/// As [`collect`].
unsafe fn master_display(param: &Param) -> Result<Option<String>, String> {
    // SAFETY: by the contract of this function.
    let text =
        unsafe { guard::text(param.master_display) }.map_err(|error| format!("master-display: {error}"))?;
    if text.is_some_and(|text| !text.is_empty()) || param.own.has_display == 0 {
        return Ok(text.filter(|text| !text.is_empty()).map(str::to_owned));
    }
    let [gx, gy, bx, by, rx, ry, wx, wy] = param.own.display_points;
    let [max, min] = param.own.display_luminance;
    Ok(Some(format!("G({gx},{gy})B({bx},{by})R({rx},{ry})WP({wx},{wy})L({max},{min})")))
}

/// The frame rate, and a note if there is none to be had from the fields.
fn frame_rate(param: &Param) -> (String, Option<String>) {
    let rate = f64::from(param.fps_num) / f64::from(param.fps_den);
    if rate.is_finite() && rate > 0.0 && rate <= HIGHEST_RATE {
        return (format!("{}/{}", param.fps_num, param.fps_den), None);
    }
    let note = format!("fps: {}/{} is no frame rate, {FALLBACK_RATE} is taken", param.fps_num, param.fps_den);
    (FALLBACK_RATE.to_owned(), Some(note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn param() -> Param {
        Param { width: 64, height: 48, fps_num: 30, fps_den: 1, ..Param::new(8) }
    }

    fn config(param: &Param) -> Config {
        // SAFETY: the parameters point to no text.
        unsafe { collect(param) }.expect("possible").config
    }

    fn get(param: &Param, option: &str) -> String {
        config(param).get(option).expect("an option")
    }

    #[test]
    fn untouched_fields_leave_the_preset_alone() {
        let param = Param {
            width: 64,
            height: 48,
            fps_num: 30,
            fps_den: 1,
            ..Param::with_preset(10, Some("slow"), None).expect("known")
        };
        let config = config(&param);
        for option in rivus::Config::options() {
            let allowed = ["input-res", "fps", "output-depth", "preset", "crf", "repeat-headers", "weighted"];
            assert!(!config.is_set(option.name) || allowed.contains(&option.name), "{}", option.name);
        }
        assert_eq!(config.get("preset").as_deref(), Some("slow"));
        assert_eq!(config.get("output-depth").as_deref(), Some("10"));
    }

    /// A field that a program writes, and an option that it sets to the value the field has, both count.
    #[test]
    fn fields_and_names_reach_the_configuration() {
        let mut param = param();
        assert!(!config(&param).is_set("bframes"));
        (param.keyint, param.rate_mode, param.bitrate) = (i32::MAX, number::BITRATE, 700);
        for (name, value) in [
            ("bframes", "4"),
            ("sar", "16:11"),
            ("colorprim", "bt2020"),
            ("range", "full"),
            ("deblock", "-1:2"),
            ("level-idc", "4.1"),
            ("hash", "1"),
            ("pools", "3"),
            ("aq-strength", "0.5"),
            ("max-cll", "1000,400"),
            ("master-display", "G(1,2)B(3,4)R(5,6)WP(7,8)L(90,1)"),
        ] {
            assert_eq!(parse::set(&mut param, name, Some(value)), Ok(None), "{name}");
        }
        for (option, value) in [
            ("keyint", "0"),
            ("bitrate", "700"),
            ("bframes", "4"),
            ("sar", "16:11"),
            ("colorprim", "bt2020"),
            ("range", "full"),
            ("deblock", "-1:2"),
            ("level", "4.1"),
            ("hash", "md5"),
            ("threads", "3"),
            ("aq-strength", "0.3"),
            ("max-cll", "1000,400"),
            ("master-display", "G(1,2)B(3,4)R(5,6)WP(7,8)L(90,1)"),
        ] {
            assert_eq!(get(&param, option), value, "{option}");
        }
        assert_eq!(parse::set(&mut param, "crf", Some("21.5")), Ok(None));
        assert_eq!(get(&param, "crf"), "21.5");
    }

    #[test]
    fn what_is_lacking_is_said_once_and_wrong_names_are_refused() {
        let mut param = param();
        assert!(matches!(parse::set(&mut param, "tskip", None), Ok(Some(_))));
        assert_eq!(parse::set(&mut param, "tskip", None), Ok(None));
        assert!(parse::set(&mut param, "wieghtb", None).is_err());
        assert!(parse::set(&mut param, "preset", Some("slow")).is_ok());
        assert!(parse::set(&mut param, "output", Some("x")).is_err());
        assert_eq!(parse::set(&mut param, "log-level", Some("error")), Ok(None));
        assert_eq!(param.log_level, 0);
    }

    #[test]
    fn a_clock_is_no_frame_rate() {
        let param = Param { fps_num: 90_000, ..param() };
        // SAFETY: the parameters point to no text.
        let collected = unsafe { collect(&param) }.expect("possible");
        assert_eq!((collected.config.get("fps").as_deref(), collected.notes.len()), (Some("25"), 1));
    }
}
