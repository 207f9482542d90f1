//! Options by name: checked by the table, kept in the fields of [`Param`].

use crate::fields::FIELDS;
use crate::layout::{Param, number};
use rivus_x265_options::{Means, Refusal, find, log_level, translate};

/// Sets an option; without a value it is switched on. What the user should know comes back, once for every option.
///
/// # Errors
/// [`Refusal`]; nothing changes then.
pub(crate) fn set(param: &mut Param, name: &str, value: Option<&str>) -> Result<Option<String>, Refusal> {
    let (entry, _) = find(name)?;
    let translation = translate(name, value)?;
    let refuse = |expected: &str| Refusal::Value {
        name: entry.name,
        value: translation.value.clone(),
        expected: expected.to_owned(),
    };
    if matches!(entry.means, Means::Program) {
        let stored = program_option(param, entry.name, &translation.value);
        return match stored {
            Some(Some(())) => Ok(None),
            Some(None) => Err(refuse("a value of x265's")),
            None => Err(Refusal::Unknown { name: name.to_owned(), nearest: "the program's own" }),
        };
    }
    let setting = translation.setting.as_ref().map_or("", |(_, value)| value);
    store(param, entry.name, &translation.value, setting).ok_or_else(|| refuse("a value of x265's"))?;
    Ok(translation.note.filter(|_| param.tell(entry.name))).inspect(|_| _ = param.tell(entry.name))
}

/// Options that are not the encoder's, but have a field. The outer option is none if it has none, the inner one if the value is
/// wrong.
fn program_option(param: &mut Param, name: &str, value: &str) -> Option<Option<()>> {
    let mut assign = || {
        match name {
            "fps" => (param.fps_num, param.fps_den) = rate(value)?,
            "input-res" => {
                let (width, height) = value.split_once('x')?;
                (param.width, param.height) = (width.parse().ok()?, height.parse().ok()?);
            }
            "input-csp" => {
                let names = ["i400", "i420", "i422", "i444"];
                let by_name = names.iter().position(|name| *name == value).map(|index| index as i32);
                param.chroma_format = by_name.or_else(|| value.parse().ok())?;
            }
            "log-level" => param.log_level = log_level(value)?,
            "total-frames" => param.total_frames = value.parse().ok()?,
            _ => param.annexb = i32::from(value == "true" || value == "1"),
        }
        Some(())
    };
    match name {
        "fps" | "input-res" | "input-csp" | "log-level" | "total-frames" | "annexb" => Some(assign()),
        "csv" | "csv-log-level" | "progress" => Some(Some(())),
        _ => None,
    }
}

/// A frame rate as a fraction or a decimal number.
fn rate(text: &str) -> Option<(u32, u32)> {
    if let Some((num, den)) = text.split_once(['/', ':']) {
        return Some((num.parse().ok()?, den.parse().ok()?));
    }
    let rate: f64 = text.parse().ok().filter(|rate| (0.001..=1000.0).contains(rate))?;
    Some(if rate.fract() == 0.0 { (rate as u32, 1) } else { ((rate * 1000.0).round() as u32, 1000) })
}

/// Keeps an option: `value` is x265's, `setting` that of Rivus.
fn store(param: &mut Param, name: &str, value: &str, setting: &str) -> Option<()> {
    match name {
        "crf" => (param.rate_mode, param.crf) = (number::CRF, value.parse().ok()?),
        "qp" => (param.rate_mode, param.qp) = (number::QP, value.parse().ok()?),
        "bitrate" => (param.rate_mode, param.bitrate) = (number::BITRATE, value.parse().ok()?),
        "preset" => param.own.preset = place(setting, rivus::Preset::NAMES)?,
        "tune" => param.own.tune = place(setting, rivus::Tune::NAMES)?,
        "pools" => param.own.threads = setting.parse().unwrap_or(0),
        "level-idc" => param.level = (10.0 * setting.parse::<f64>().unwrap_or(0.0)).round() as i32,
        "deblock" => match setting.split_once(':') {
            Some((tc, beta)) => {
                (param.deblock, param.deblock_tc, param.deblock_beta) =
                    (1, tc.parse().ok()?, beta.parse().ok()?);
            }
            None => param.deblock = setting.parse().ok()?,
        },
        "sar" => {
            let (width, height) = setting.split_once(':').unwrap_or(("0", "0"));
            (param.sar_width, param.sar_height) = (width.parse().ok()?, height.parse().ok()?);
            param.sar_number = if setting == "auto" { 0 } else { number::EXTENDED_SAR };
        }
        "range" => (param.has_signal, param.full_range) = (1, i32::from(setting == "full")),
        "colorprim" => (param.has_signal, param.has_colour, param.primaries) = (1, 1, code(name, setting)?),
        "transfer" => (param.has_signal, param.has_colour, param.transfer) = (1, 1, code(name, setting)?),
        "colormatrix" => (param.has_signal, param.has_colour, param.matrix) = (1, 1, code(name, setting)?),
        "chromaloc" => (param.has_chroma_location, param.chroma_location) = (1, setting.parse().ok()?),
        "master-display" => store_display(param, setting)?,
        "max-cll" => {
            let (content, average) = setting.split_once(',').unwrap_or(("0", "0"));
            (param.max_cll, param.max_fall) = (content.trim().parse().ok()?, average.trim().parse().ok()?);
        }
        _ => {
            if let Some(field) = FIELDS.iter().find(|field| field.name == name) {
                (field.set)(param, plain_number(value)?);
            }
        }
    }
    Some(())
}

/// The number of a name and 1.
fn place(name: &str, names: &[&str]) -> Option<u8> {
    u8::try_from(names.iter().position(|known| *known == name)? + 1).ok()
}

fn plain_number(value: &str) -> Option<f64> {
    match value {
        "true" | "yes" | "on" => Some(1.0),
        "false" | "no" | "off" | "none" => Some(0.0),
        "infinite" | "inf" => Some(-1.0),
        "prog" => Some(0.0),
        number => number.parse().ok(),
    }
}

/// The number of a word in the tables of colour.
fn code(option: &str, setting: &str) -> Option<i32> {
    let known = rivus::Config::options().iter().find(|known| known.name == option)?;
    let rivus::Legal::Code(codes) = known.legal else { return None };
    let by_name = codes.iter().find(|(name, _)| *name == setting).map(|(_, code)| i32::from(*code));
    by_name.or_else(|| setting.parse().ok())
}

/// Keeps the numbers in `setting`, which the table has checked: ten of them, between other characters.
fn store_display(param: &mut Param, setting: &str) -> Option<()> {
    let mut numbers = setting.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    for point in &mut param.own.display_points {
        *point = numbers.next()?.parse().ok()?;
    }
    for luminance in &mut param.own.display_luminance {
        *luminance = numbers.next()?.parse().ok()?;
    }
    param.own.has_display = 1;
    Some(())
}
