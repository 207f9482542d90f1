//! Parameter sets received so far, and the pair a picture uses.

use super::pps::Pps;
use super::pps_derived::PpsDerived;
use super::sps::Sps;
use super::vps::Vps;
use crate::error::{Error, Result};
use std::sync::Arc;

/// The parameter sets of a picture: immutable and cheap to clone.
#[derive(Debug, Clone)]
pub struct ActivePps {
    /// The VPS the SPS names, if it was received; decoding does not need it.
    pub vps: Option<Arc<Vps>>,
    /// The SPS the PPS names.
    pub sps: Arc<Sps>,
    /// The PPS.
    pub pps: Arc<Pps>,
    /// What follows from both.
    pub derived: Arc<PpsDerived>,
}

impl ActivePps {
    /// Binds a pair directly, as an encoder does.
    ///
    /// # Errors
    /// If the PPS does not fit the SPS.
    pub fn new(sps: Arc<Sps>, pps: Arc<Pps>) -> Result<Self> {
        let derived = Arc::new(PpsDerived::new(&sps, &pps)?);
        Ok(Self { vps: None, sps, pps, derived })
    }
}

/// Parameter sets by id (clause 7.4.2.4.2).
///
/// A set sent again with the same contents keeps its `Arc`, so "has it changed" is `Arc::ptr_eq`. Pictures
/// hold what [`Self::activate`] gave them; later arrivals do not touch it.
#[derive(Debug, Clone, Default)]
pub struct ParameterSetStore {
    vps: [Option<Arc<Vps>>; 16],
    sps: [Option<Arc<Sps>>; 16],
    pps: Vec<Option<Arc<Pps>>>,
    /// What was activated last by PPS id.
    active: Vec<Option<ActivePps>>,
}

/// Puts `new` into `slot` unless an equal value is there already; returns what is in the slot then.
fn replace<T: PartialEq>(slot: &mut Option<Arc<T>>, new: T) -> Arc<T> {
    match slot {
        Some(old) if **old == new => old.clone(),
        _ => slot.insert(Arc::new(new)).clone(),
    }
}

impl ParameterSetStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores a VPS under its id.
    pub fn put_vps(&mut self, vps: Vps) -> Arc<Vps> {
        replace(&mut self.vps[usize::from(vps.vps_video_parameter_set_id & 15)], vps)
    }

    /// Stores an SPS under its id.
    pub fn put_sps(&mut self, sps: Sps) -> Arc<Sps> {
        replace(&mut self.sps[usize::from(sps.sps_seq_parameter_set_id & 15)], sps)
    }

    /// Stores a PPS under its id. Its SPS need not be there yet.
    pub fn put_pps(&mut self, pps: Pps) -> Arc<Pps> {
        self.pps.resize(64, None);
        replace(&mut self.pps[usize::from(pps.pps_pic_parameter_set_id & 63)], pps)
    }

    /// The VPS with this id.
    pub fn vps(&self, id: u8) -> Option<&Arc<Vps>> {
        self.vps.get(usize::from(id))?.as_ref()
    }

    /// The SPS with this id.
    pub fn sps(&self, id: u8) -> Option<&Arc<Sps>> {
        self.sps.get(usize::from(id))?.as_ref()
    }

    /// The PPS with this id.
    pub fn pps(&self, id: u8) -> Option<&Arc<Pps>> {
        self.pps.get(usize::from(id))?.as_ref()
    }

    /// Binds the PPS with this id and its SPS, as they are now: to be called at the first slice of each
    /// picture. Derives only if one of the two changed since the last time.
    ///
    /// # Errors
    /// [`Error::MissingParameterSet`], or what [`PpsDerived::new`] finds.
    pub fn activate(&mut self, pps_id: u8) -> Result<ActivePps> {
        let pps = self.pps(pps_id).ok_or(Error::MissingParameterSet { kind: "PPS", id: pps_id })?;
        let sps_id = pps.pps_seq_parameter_set_id;
        let sps = self.sps(sps_id).ok_or(Error::MissingParameterSet { kind: "SPS", id: sps_id })?;
        let vps = self.vps(sps.sps_video_parameter_set_id).cloned();
        let known = self.active.get(usize::from(pps_id)).and_then(Option::as_ref);
        let known = known.filter(|a| Arc::ptr_eq(&a.pps, pps) && Arc::ptr_eq(&a.sps, sps));
        let active = match known {
            Some(active) => ActivePps { vps, ..active.clone() },
            None => ActivePps { vps, ..ActivePps::new(sps.clone(), pps.clone())? },
        };
        self.active.resize(64, None);
        self.active[usize::from(pps_id)] = Some(active.clone());
        Ok(active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sps(width: u32) -> Sps {
        Sps { pic_width_in_luma_samples: width, pic_height_in_luma_samples: 64, ..Sps::default() }
    }

    #[test]
    fn missing_sets_are_named() {
        let mut store = ParameterSetStore::new();
        assert_eq!(store.activate(3).unwrap_err(), Error::MissingParameterSet { kind: "PPS", id: 3 });
        store.put_pps(Pps { pps_pic_parameter_set_id: 3, pps_seq_parameter_set_id: 2, ..Pps::default() });
        assert_eq!(store.activate(3).unwrap_err(), Error::MissingParameterSet { kind: "SPS", id: 2 });
        assert!(store.activate(200).is_err());
    }

    #[test]
    fn equal_sets_keep_their_identity_and_changes_rebind() {
        let mut store = ParameterSetStore::new();
        store.put_pps(Pps::default());
        store.put_sps(sps(64));
        let first = store.activate(0).unwrap();
        store.put_sps(sps(64));
        store.put_pps(Pps::default());
        let again = store.activate(0).unwrap();
        assert!(Arc::ptr_eq(&first.derived, &again.derived) && Arc::ptr_eq(&first.sps, &again.sps));
        store.put_sps(sps(128));
        let changed = store.activate(0).unwrap();
        assert_eq!(changed.derived.col_bd, [0, 2]);
        assert!(!Arc::ptr_eq(&first.sps, &changed.sps) && Arc::ptr_eq(&first.pps, &changed.pps));
    }
}
