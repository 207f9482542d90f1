//! Lookahead: what kind each picture becomes, in which order pictures are coded, and how much later ones gain from them.

pub mod gop;
