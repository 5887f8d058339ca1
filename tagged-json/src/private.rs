//! What derived code calls. Not public: it changes without notice.

pub use serde;

pub use crate::array::fields;
pub use crate::capture::Captured;
pub use crate::keep::{Keep, tag as keep_tag};
pub use crate::message::{Message, Shape, unknown_kind};
pub use crate::positions::{Elements, Positions, deserialize as deserialize_array};
pub use crate::siblings::{Around, Beside, Kept, Without, WriteAt, written};
pub use crate::splice::{IntoMap, IntoSeq, Nest, Unless};
pub use crate::tag::{Literal, Tag};
pub use crate::write::Embedded;

pub use crate::whole::Source;

/// One function a layout.
pub mod layout {
    pub use crate::adjacent::deserialize as adjacent;
    pub use crate::array::deserialize as array;
    pub use crate::flat::deserialize as flat;
    pub use crate::routed::{present, routed};
    pub use crate::siblings::deserialize as around;
}

/// The same, from within a struct of siblings.
pub mod inside {
    use serde::de::{MapAccess, SeqAccess};

    use crate::message::Message;
    use crate::whole::{Layout, Source};
    use crate::{adjacent, array, flat, routed};

    macro_rules! inside {
        ($($name:ident: $layout:ty,)*) => {$(
            /// From members.
            pub fn $name<'de, M: Message<'de>, A: MapAccess<'de>>(
                source: Source<'_, 'de>,
                map: A,
            ) -> Result<M, A::Error> {
                <$layout as Layout<'de>>::map(source, map)
            }
        )*};
    }

    inside! {
        adjacent: adjacent::Adjacent<M>,
        flat: flat::Flat<M>,
        routed: routed::Routed<M>,
        present: routed::Present<M>,
        array: array::Array<M>,
    }

    /// From elements.
    pub fn elements<'de, M: Message<'de>, A: SeqAccess<'de>>(
        source: Source<'_, 'de>,
        seq: A,
    ) -> Result<M, A::Error> {
        <array::Array<M> as Layout<'de>>::seq(source, seq)
    }
}
