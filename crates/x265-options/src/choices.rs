//! Options as they come, made into a configuration without contradictions.

use crate::translate::{Refusal, translate};

/// Options of which only one can hold.
const RATE: [&str; 3] = ["crf", "qp", "bitrate"];

/// What was chosen so far.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    settings: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// `vbv-init` in kbit.
    initial_kbit: Option<f64>,
}

impl Choices {
    /// Takes an option of x265; without a value it is switched on. The last word on an option counts.
    ///
    /// # Errors
    /// [`Refusal`]; nothing changes then.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        let translation = translate(name, value)?;
        if let Some(note) = translation.note {
            self.note(note);
        }
        if let Some((option, value)) = translation.setting {
            if option == "vbv-init" {
                self.initial_kbit = translation.value.parse().ok().filter(|kbit| *kbit > 1.0);
            }
            let replaced = |known: &str| known == option || RATE.contains(&known) && RATE.contains(&option);
            self.settings.retain(|(known, _)| !replaced(known));
            self.settings.push((option, value));
        }
        Ok(())
    }

    /// The options of Rivus, in an order in which they can be set, and what the user should know.
    pub fn finish(mut self) -> (Vec<(&'static str, String)>, Vec<String>) {
        self.mend_buffer();
        self.mend_distances();
        (self.settings, self.notes)
    }

    /// The value that an option of Rivus was given.
    pub fn get(&self, option: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| *known == option).map(|(_, value)| value.as_str())
    }

    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn number(&self, option: &str) -> f64 {
        self.get(option).and_then(|value| value.parse().ok()).unwrap_or(0.0)
    }

    fn put(&mut self, option: &'static str, value: String) {
        self.drop_option(option);
        self.settings.push((option, value));
    }

    fn drop_option(&mut self, option: &str) {
        self.settings.retain(|(known, _)| *known != option);
    }

    /// A buffer needs a size and a rate, and no constant QP.
    fn mend_buffer(&mut self) {
        let (rate, size, bitrate) =
            (self.number("vbv-maxrate"), self.number("vbv-bufsize"), self.number("bitrate"));
        let drop_buffer = |choices: &mut Self, why: &str| {
            choices.drop_option("vbv-maxrate");
            choices.drop_option("vbv-bufsize");
            choices.note(why.to_owned());
        };
        if self.get("qp").is_some() && rate.max(size) > 0.0 {
            drop_buffer(self, "vbv-maxrate: has no effect at a constant QP");
        } else if rate > 0.0 && size == 0.0 {
            drop_buffer(self, "vbv-maxrate: has no effect without vbv-bufsize");
        } else if size > 0.0 && rate == 0.0 && bitrate == 0.0 {
            drop_buffer(self, "vbv-bufsize: has no effect without vbv-maxrate");
        } else if size > 0.0 && rate < bitrate {
            self.note(format!("vbv-maxrate: is taken as {bitrate}, the bit rate"));
            self.put("vbv-maxrate", bitrate.to_string());
        }
        let has_buffer = self.number("vbv-bufsize") > 0.0;
        if let Some(kbit) = self.initial_kbit.filter(|_| has_buffer) {
            self.put("vbv-init", (kbit / size).clamp(0.05, 1.0).to_string());
        }
        if self.get("hrd") == Some("1") && !has_buffer {
            self.drop_option("hrd");
            self.note("hrd: has no effect without vbv-maxrate and vbv-bufsize".to_owned());
        }
    }

    fn mend_distances(&mut self) {
        let (longest, shortest) = (self.number("keyint"), self.number("min-keyint"));
        if longest > 0.0 && shortest > longest {
            self.put("min-keyint", longest.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus::Config;

    fn finish(options: &[(&str, &str)]) -> (Vec<(&'static str, String)>, Vec<String>) {
        let mut choices = Choices::default();
        for (name, value) in options {
            choices.set(name, Some(value)).expect("accepted");
        }
        let (settings, notes) = choices.finish();
        let mut config = Config::new(64, 64);
        for (name, value) in &settings {
            config.set(name, value).expect("legal");
        }
        assert!(config.settings().is_ok(), "{settings:?}");
        (settings, notes)
    }

    /// What x265 accepts makes a configuration that Rivus accepts.
    #[test]
    fn contradictions_are_mended() {
        let (settings, _) = finish(&[("qp", "30"), ("crf", "20"), ("keyint", "50"), ("keyint", "60")]);
        assert_eq!(settings, [("crf", "20".to_owned()), ("keyint", "60".to_owned())]);

        let (settings, notes) = finish(&[("bitrate", "900"), ("vbv-bufsize", "1000"), ("hrd", "1")]);
        assert!(
            settings.contains(&("vbv-maxrate", "900".to_owned()))
                && settings.contains(&("hrd", "1".to_owned()))
        );
        assert_eq!(notes.len(), 1);
        for lone in [("vbv-bufsize", "1000"), ("vbv-maxrate", "1000")] {
            let (settings, notes) = finish(&[lone, ("hrd", "1")]);
            assert_eq!((settings.len(), notes.len()), (0, 2));
        }
        let (settings, _) = finish(&[("vbv-init", "250"), ("vbv-maxrate", "500"), ("vbv-bufsize", "1000")]);
        assert!(settings.contains(&("vbv-init", "0.25".to_owned())));
        let (settings, _) = finish(&[("vbv-maxrate", "500"), ("vbv-bufsize", "1000"), ("qp", "30")]);
        assert_eq!(settings, [("qp", "30".to_owned())]);
        let (settings, _) = finish(&[("keyint", "10"), ("min-keyint", "25")]);
        assert!(settings.contains(&("min-keyint", "10".to_owned())));
    }
}
