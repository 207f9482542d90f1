use super::*;
use proptest::prelude::*;

/// A legal value besides the default, for options whose legal values are a form.
fn example(name: &str) -> &'static str {
    match name {
        "input-res" => "1918x1078",
        "fps" => "30000/1001",
        "level" => "5.1",
        "deblock" => "-1:2",
        "sar" => "40:33",
        "master-display" => "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)",
        "max-cll" => "1000,400",
        _ => panic!("{name} has a form without an example"),
    }
}

/// Legal values of an option: the ends of its range, or all words.
fn legal_values(name: &str, legal: &Legal) -> Vec<String> {
    match legal {
        Legal::Flag => vec!["0".into(), "1".into()],
        Legal::Int(min, max) => vec![min.to_string(), max.to_string()],
        Legal::Float(min, max) => vec![min.to_string(), max.to_string(), ((min + max) / 2.0).to_string()],
        Legal::Numbers(numbers) => numbers.iter().map(i64::to_string).collect(),
        Legal::Words(words) => words.iter().map(|w| (*w).to_owned()).collect(),
        Legal::Code(codes) => codes.iter().map(|c| c.0.to_owned()).chain(["200".to_owned()]).collect(),
        Legal::Form(_) => vec![example(name).to_owned()],
        Legal::Auto(legal) => {
            let mut values = legal_values(name, legal);
            values.push("auto".to_owned());
            values
        }
    }
}

#[test]
fn every_option_round_trips_every_kind_of_value() {
    for option in Config::options() {
        for value in legal_values(option.name, &option.legal) {
            let mut config = Config::new(64, 64);
            config.set(option.name, &value).unwrap();
            assert_eq!(config.get(option.name).as_deref(), Some(value.as_str()), "{}", option.name);
        }
        assert!(option.help().ends_with('.'), "{}: {}", option.name, option.help());
    }
}

#[test]
fn illegal_values_are_refused_with_name_value_and_range() {
    for option in Config::options() {
        let error = Config::new(64, 64).set(option.name, "~7").unwrap_err();
        let expected = format!("{}: ~7 is not legal, expected {}", option.name, option.legal);
        assert_eq!(error.to_string(), expected);
    }
    let error = |name, value| Config::new(64, 64).set(name, value).unwrap_err().to_string();
    assert_eq!(error("keyint", "-1"), "keyint: -1 is not legal, expected a whole number in 0..=100000");
    assert_eq!(error("ctu", "48"), "ctu: 48 is not legal, expected one of 16, 32, 64");
    assert_eq!(error("threads", "0"), "threads: 0 is not legal, expected auto, or a whole number in 1..=256");
    assert_eq!(error("nonsense", "1"), "there is no option named nonsense");
    assert!(error("input-res", "8192x8192").contains("35651584"));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = Config::options().iter().map(|option| option.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn presets_and_tunes_name_options_and_legal_values() {
    for &preset in Preset::ALL {
        for (name, value) in presets::preset(preset) {
            Config::new(64, 64).set(name, value).unwrap();
        }
    }
    for &tune in Tune::ALL {
        for (name, value) in presets::tune(tune) {
            Config::new(64, 64).set(name, value).unwrap();
        }
        let mut config = Config::new(64, 64);
        config.set("tune", tune.name()).unwrap();
        config.settings().unwrap();
    }
}

#[test]
fn what_is_set_wins_over_tune_and_preset_in_any_order() {
    let mut config = Config::new(64, 64);
    config.set("sao", "1").unwrap().set("preset", "ultrafast").unwrap().set("tune", "psnr").unwrap();
    let settings = config.settings().unwrap();
    assert!(settings.sao && !settings.rdoq);
    assert_eq!((settings.aq_mode, settings.ctu), (0, 32));
    config.set("no-sao", "").unwrap().set("aq_mode", "1").unwrap();
    let settings = config.settings().unwrap();
    assert_eq!((settings.sao, settings.aq_mode), (false, 1));
}

#[test]
fn contradictions_are_refused() {
    let refused = |pairs: &[(&str, &str)]| {
        let mut config = Config::new(64, 64);
        for (name, value) in pairs {
            config.set(name, value).unwrap();
        }
        config.settings().unwrap_err().to_string()
    };
    assert_eq!(refused(&[("crf", "20"), ("bitrate", "500")]), "bitrate and crf exclude each other");
    assert_eq!(refused(&[("vbv-bufsize", "500")]), "vbv-maxrate and vbv-bufsize need each other");
    assert!(refused(&[("qpmin", "30"), ("qpmax", "20")]).starts_with("qpmin and qpmax contradict"));
    assert!(refused(&[("ctu", "16"), ("min-cu-size", "32")]).starts_with("min-cu-size and ctu"));
    assert!(refused(&[("hrd", "1")]).starts_with("hrd and vbv-bufsize"));
    assert_eq!(Config::default().settings().unwrap_err().to_string(), "input-res must be set");
    assert!(Config::new(0, 5).settings().unwrap_err().to_string().starts_with("input-res: 0x5"));
}

#[test]
fn derived_settings() {
    let settings = |pairs: &[(&str, &str)]| {
        let mut config = Config::new(64, 64);
        for (name, value) in pairs {
            config.set(name, value).unwrap();
        }
        config.settings().unwrap()
    };
    assert_eq!(settings(&[]).keyframe_distances(), (250, 25));
    assert_eq!(settings(&[("keyint", "0"), ("fps", "60")]).keyframe_distances(), (u32::MAX, 60));
    assert_eq!(settings(&[("keyint", "1")]).keyframe_distances(), (1, 1));
    for (bframes, gop) in [(0, 1), (1, 2), (2, 2), (3, 4), (7, 8), (14, 8), (15, 16), (16, 16)] {
        assert_eq!(settings(&[("bframes", &bframes.to_string())]).longest_mini_gop(), gop);
    }
    assert_eq!(settings(&[("fps", "29.97")]).fps, Ratio { num: 30000, den: 1001 });
    assert_eq!(settings(&[("fps", "12.5")]).fps, Ratio { num: 12500, den: 1000 });
    assert_eq!(settings(&[("qp", "30")]).rate_mode(), RateMode::ConstantQp(30));
    assert_eq!(settings(&[("bitrate", "30")]).rate_mode(), RateMode::AverageBitRate(30_000));
    assert!(settings(&[("vbv-bufsize", "30"), ("vbv-maxrate", "30")]).has_hrd());
}

/// Partitions have an effect when they are asked for, also at presets that do without.
#[test]
fn rect_works_at_every_preset() {
    for preset in Preset::ALL {
        let mut config = Config::new(64, 64);
        config.set("preset", preset.name()).unwrap().set("rect", "1").unwrap();
        let tools = config.settings().unwrap().tools().of_picture(0, false, true);
        assert!(tools.divides, "{}", preset.name());
    }
}

proptest! {
    /// Any text is taken or refused, never more.
    #[test]
    fn any_text_is_taken_or_refused(option in 0..OPTIONS.len(), text in ".{0,24}") {
        let mut config = Config::new(64, 64);
        if config.set(OPTIONS[option].name, &text).is_ok() {
            prop_assert!(config.get(OPTIONS[option].name).is_some());
        }
    }
}
