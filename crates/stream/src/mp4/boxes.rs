//! The box structure: headers, children, and the bridge to `mp4-atom` for single boxes.

use std::io::{Read, Seek, SeekFrom};

use mp4_atom::{Atom, Encode};

use crate::raw::read_fully;
use crate::{Error, Result};

/// Largest `moov` or `moof` that is read into memory.
const MAX_META_BYTES: u64 = 1 << 28;

/// A box inside a larger one that is in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child<'a> {
    /// Type of the box.
    pub(super) kind: [u8; 4],
    /// Contents after the header.
    pub(super) body: &'a [u8],
    /// Header and contents.
    pub(super) whole: &'a [u8],
}

/// The boxes in `data`, in order. A remainder shorter than a header is padding; a size that does not fit is an error.
pub(super) fn children(data: &[u8]) -> impl Iterator<Item = Result<Child<'_>>> {
    let mut rest = data;
    std::iter::from_fn(move || {
        if rest.len() < 8 {
            return None;
        }
        let (header, size, kind) = match parse_header(rest) {
            Some(parsed) => parsed,
            None => {
                rest = &[];
                return Some(Err(Error::malformed("box header", "its size is smaller than the header")));
            }
        };
        let size = size.unwrap_or(rest.len() as u64);
        let Some((whole, tail)) = usize::try_from(size).ok().and_then(|size| rest.split_at_checked(size))
        else {
            let have = rest.len() as u64;
            rest = &[];
            return Some(Err(Error::Truncated { place: place(kind), have, need: size }));
        };
        rest = tail;
        Some(Ok(Child { kind, body: &whole[header..], whole }))
    })
}

/// First child of the given kind; children after a broken one are not looked at.
pub(super) fn find<'a>(data: &'a [u8], kind: &[u8; 4]) -> Option<Child<'a>> {
    children(data).map_while(Result::ok).find(|child| child.kind == *kind)
}

/// First child of the given kind, or an error that names it.
pub(super) fn require<'a>(data: &'a [u8], parent: &str, kind: &[u8; 4]) -> Result<Child<'a>> {
    for child in children(data) {
        let child = child?;
        if child.kind == *kind {
            return Ok(child);
        }
    }
    Err(Error::malformed(format!("box '{parent}'"), format!("has no '{}'", String::from_utf8_lossy(kind))))
}

/// Decodes the contents of a single box.
pub(super) fn decode<T: Atom>(body: &[u8]) -> Result<T> {
    let mut rest = body;
    T::decode_body(&mut rest).map_err(|error| Error::malformed(place(T::KIND.into()), error.to_string()))
}

/// Decodes the first child of type `T`, if there is one.
pub(super) fn find_decoded<T: Atom>(data: &[u8]) -> Result<Option<T>> {
    find(data, &T::KIND.into()).map(|child| decode(child.body)).transpose()
}

/// Appends `atom` with its header.
pub(super) fn append(out: &mut Vec<u8>, atom: &impl Encode) -> Result<()> {
    atom.encode(out).map_err(|error| Error::malformed("box to be written", error.to_string()))
}

/// Appends a box of `kind` whose contents `fill` appends.
pub(super) fn append_container(
    out: &mut Vec<u8>,
    kind: &[u8; 4],
    fill: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(kind);
    fill(out)?;
    let asked = (out.len() - start) as u64;
    let size = u32::try_from(asked).map_err(|_| Error::Limit {
        place: place(*kind),
        asked,
        allowed: u64::from(u32::MAX),
    })?;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
    Ok(())
}

/// How messages call a box.
pub(super) fn place(kind: [u8; 4]) -> String {
    format!("box '{}'", kind.escape_ascii())
}

/// Header length, size of the whole box (`None`: to the end), and type. `None` if the size is below the header's.
fn parse_header(data: &[u8]) -> Option<(usize, Option<u64>, [u8; 4])> {
    let size = u32::from_be_bytes(data.get(..4)?.try_into().ok()?);
    let kind = data.get(4..8)?.try_into().ok()?;
    match size {
        0 => Some((8, None, kind)),
        1 => {
            let size = u64::from_be_bytes(data.get(8..16)?.try_into().ok()?);
            (size >= 16).then_some((16, Some(size), kind))
        }
        _ => (size >= 8).then_some((8, Some(u64::from(size)), kind)),
    }
}

/// A box at the top level of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TopLevel {
    /// Type of the box.
    pub(super) kind: [u8; 4],
    /// Position of its header in the file.
    pub(super) start: u64,
    /// Position of its contents.
    pub(super) body: u64,
    /// Position after it, as its size says; may lie past the end of the file.
    pub(super) end: u64,
}

/// Reads the header of the box at `start`; `None` where fewer than 8 bytes are left.
pub(super) fn read_top_level(
    input: &mut (impl Read + Seek),
    start: u64,
    file_end: u64,
) -> Result<Option<TopLevel>> {
    if file_end.saturating_sub(start) < 8 {
        return Ok(None);
    }
    input.seek(SeekFrom::Start(start))?;
    let mut bytes = [0; 16];
    let have = read_fully(input, &mut bytes)?;
    let Some((header, size, kind)) = parse_header(&bytes[..have]) else {
        return Err(Error::malformed(format!("box at byte {start}"), "its size is smaller than its header"));
    };
    let end = match size {
        Some(size) => start.checked_add(size).ok_or_else(|| {
            Error::malformed(format!("{} at byte {start}", place(kind)), "its size is absurd")
        })?,
        None => file_end,
    };
    Ok(Some(TopLevel { kind, start, body: start + header as u64, end }))
}

/// Reads the contents of a box of the top level that must be there whole.
pub(super) fn read_body(input: &mut (impl Read + Seek), top: TopLevel, file_end: u64) -> Result<Vec<u8>> {
    let where_ = || format!("{} at byte {}", place(top.kind), top.start);
    if top.end > file_end {
        return Err(Error::Truncated {
            place: where_(),
            have: file_end - top.start,
            need: top.end - top.start,
        });
    }
    let size = top.end - top.body;
    if size > MAX_META_BYTES {
        return Err(Error::Limit { place: where_(), asked: size, allowed: MAX_META_BYTES });
    }
    input.seek(SeekFrom::Start(top.body))?;
    let mut body = vec![0; size as usize];
    let have = read_fully(input, &mut body)? as u64;
    if have < size {
        return Err(Error::Truncated { place: where_(), have, need: size });
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_with_all_size_forms() {
        let mut data = vec![0, 0, 0, 9, b'a', b'b', b'c', b'd', 7];
        data.extend([0, 0, 0, 1, b'b', b'i', b'g', b'!', 0, 0, 0, 0, 0, 0, 0, 17, 8]);
        data.extend([0, 0, 0, 0, b'r', b'e', b's', b't', 1, 2, 3]);
        let all: Vec<_> = children(&data).map(|child| child.expect("whole")).collect();
        assert_eq!(
            all.iter().map(|c| (c.kind, c.body.len())).collect::<Vec<_>>(),
            [(*b"abcd", 1), (*b"big!", 1), (*b"rest", 3)]
        );
        assert_eq!(find(&data, b"big!").map(|c| c.body), Some(&[8][..]));
        assert!(require(&data, "test", b"none").expect_err("absent").to_string().contains("has no 'none'"));
    }

    #[test]
    fn sizes_that_do_not_fit_are_errors_and_end_the_walk() {
        for data in [
            [0, 0, 0, 7, b'a', b'b', b'c', b'd'],
            [0, 0, 0, 9, b'a', b'b', b'c', b'd'],
            [0, 0, 0, 1, b'a', b'b', b'c', b'd'],
        ] {
            let results: Vec<_> = children(&data).collect();
            assert_eq!(results.len(), 1);
            assert!(results[0].is_err());
        }
    }
}
