//! What derived code calls. Not public: it changes without notice.

pub use serde;

pub use crate::array::fields;
pub use crate::capture::Captured;
pub use crate::keep::{Keep, tag as keep_tag};
pub use crate::message::Message;
pub use crate::positions::{Elements, Positions, deserialize as deserialize_array};
pub use crate::splice::{IntoMap, IntoSeq};
pub use crate::tag::{Literal, Tag};
pub use crate::write::Embedded;

/// One function a layout.
pub mod layout {
    pub use crate::adjacent::deserialize as adjacent;
    pub use crate::array::deserialize as array;
    pub use crate::flat::deserialize as flat;
}
