//! Heterogeneous JSON arrays into structs, enveloped messages by their type.

mod adjacent;
mod array;
mod capture;
mod context;
mod error;
mod flat;
mod guess;
mod keep;
mod key;
mod lines;
mod locate;
mod members;
mod message;
mod nearest;
mod positions;
mod read;
mod replay;
mod routed;
mod router;
mod siblings;
mod splice;
mod tag;
mod whole;
mod write;
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::{Error, Kind};
pub use lines::{Entry, KeepBad, Line, LineReader, Lines, LinesIn, lines, lines_in};
pub use read::{from_reader, from_slice, from_str, from_str_tagged};
pub use router::{Message, Place, Router};
pub use tag::Tag;
pub use tagged_json_derive::{Array, Envelope};
pub use write::{to_string, to_vec, write_line};
