//! Input: bytes, NAL units and access units in, NAL units with their presentation times out.

use rivus_syntax::nal::ByteStreamSplitter;
use std::collections::VecDeque;

/// What the caller gave, waiting to be decoded.
enum Given {
    /// A part of a byte stream; the time belongs to the first NAL unit that begins in it.
    Bytes(Vec<u8>, Option<i64>),
    /// A NAL unit.
    Nal(Vec<u8>, Option<i64>),
    /// The access unit ends here.
    EndOfAccessUnit,
    /// The stream ends here.
    EndOfStream,
}

/// What is to be decoded next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A NAL unit, and the presentation time that came with it.
    Nal(Vec<u8>, Option<i64>),
    /// A NAL unit of this many bytes, more than allowed.
    TooLarge(u64),
    /// The access unit ends here.
    EndOfAccessUnit,
    /// The stream ends here.
    EndOfStream,
}

/// What the caller gave, cut into NAL units on demand.
pub(crate) struct Input {
    given: VecDeque<Given>,
    splitter: ByteStreamSplitter,
    /// An end to be reported once the splitter is empty.
    ending: Option<Event>,
    /// Times of byte chunks, with the place in the stream where each chunk begins.
    times: VecDeque<(u64, i64)>,
    /// Bytes pushed into the splitter.
    pushed: u64,
}

impl Input {
    /// An empty input.
    pub(crate) fn new(max_nal_size: usize) -> Self {
        Self {
            given: VecDeque::new(),
            splitter: ByteStreamSplitter::new(max_nal_size),
            ending: None,
            times: VecDeque::new(),
            pushed: 0,
        }
    }

    /// Bytes of a byte stream, cut anywhere.
    pub(crate) fn bytes(&mut self, data: &[u8], pts: Option<i64>) {
        self.given.push_back(Given::Bytes(data.to_vec(), pts));
    }

    /// A whole NAL unit.
    pub(crate) fn nal(&mut self, nal: &[u8], pts: Option<i64>) {
        self.given.push_back(Given::Nal(nal.to_vec(), pts));
    }

    /// Ends the access unit.
    pub(crate) fn end_access_unit(&mut self) {
        self.given.push_back(Given::EndOfAccessUnit);
    }

    /// Ends the stream.
    pub(crate) fn end_stream(&mut self) {
        self.given.push_back(Given::EndOfStream);
    }

    /// What comes next; none until more is given.
    pub(crate) fn next(&mut self) -> Option<Event> {
        loop {
            let nal = match self.splitter.next_nal() {
                Ok(nal) => nal.map(<[u8]>::to_vec),
                Err(rivus_syntax::Error::Limit { asked, .. }) => return Some(Event::TooLarge(asked)),
                Err(_) => None,
            };
            if let Some(nal) = nal {
                return Some(Event::Nal(nal, self.time()));
            }
            if let Some(ending) = self.ending.take() {
                return Some(ending);
            }
            match self.given.pop_front()? {
                Given::Bytes(data, pts) => {
                    self.times.extend(pts.map(|pts| (self.pushed, pts)));
                    self.pushed += data.len() as u64;
                    self.splitter.push(&data);
                }
                Given::Nal(nal, pts) => return Some(Event::Nal(nal, pts)),
                Given::EndOfAccessUnit => self.finish(Event::EndOfAccessUnit),
                Given::EndOfStream => self.finish(Event::EndOfStream),
            }
        }
    }

    fn finish(&mut self, ending: Event) {
        self.splitter.finish();
        self.ending = Some(ending);
    }

    /// The time of the chunk in which the NAL unit just taken begins, once per chunk.
    fn time(&mut self) -> Option<i64> {
        let offset = self.splitter.nal_offset();
        let mut time = None;
        while let Some(&(start, pts)) = self.times.front().filter(|(start, _)| *start <= offset) {
            // A chunk in which no NAL unit begins passes its time on to nobody.
            time = Some((start, pts));
            self.times.pop_front();
        }
        time.map(|(_, pts)| pts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &mut Input) -> Vec<Event> {
        std::iter::from_fn(|| input.next()).collect()
    }

    #[test]
    fn times_belong_to_the_first_unit_that_begins_in_their_chunk() {
        let mut input = Input::new(100);
        input.bytes(&[0, 0, 1, 2, 1, 0, 0, 1, 4, 1], Some(7));
        input.bytes(&[5, 0, 0, 1, 6, 1, 9], Some(8));
        input.end_stream();
        let expected = [
            Event::Nal(vec![2, 1], Some(7)),
            Event::Nal(vec![4, 1, 5], None),
            Event::Nal(vec![6, 1, 9], Some(8)),
            Event::EndOfStream,
        ];
        assert_eq!(all(&mut input), expected);
    }

    #[test]
    fn units_and_ends_keep_their_order() {
        let mut input = Input::new(4);
        input.nal(&[2, 1], Some(1));
        input.bytes(&[0, 0, 1, 2, 1, 3], None);
        input.end_access_unit();
        input.nal(&[8, 1], None);
        input.bytes(&[0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 5, 1], None);
        input.end_stream();
        let expected = [
            Event::Nal(vec![2, 1], Some(1)),
            Event::Nal(vec![2, 1, 3], None),
            Event::EndOfAccessUnit,
            Event::Nal(vec![8, 1], None),
            Event::TooLarge(6),
            Event::Nal(vec![5, 1], None),
            Event::EndOfStream,
        ];
        assert_eq!(all(&mut input), expected);
    }
}
