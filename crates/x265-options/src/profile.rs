//! Profiles by x265's names.

/// A profile that Rivus writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Most bits per sample.
    pub depth: i32,
    /// Every picture is a keyframe.
    pub is_intra: bool,
}

/// The profile of this name, if Rivus writes it: those of 4:2:0 with up to 10 bits. Intra and still picture profiles come out as
/// Main or Main 10 streams that keep within them.
pub fn profile(name: &str) -> Option<Profile> {
    let (depth, is_intra) = match name {
        "main" => (8, false),
        "main10" => (10, false),
        "main-intra" | "mainstillpicture" | "main-stillpicture" | "msp" => (8, true),
        "main10-intra" => (10, true),
        _ => return None,
    };
    Some(Profile { depth, is_intra })
}
