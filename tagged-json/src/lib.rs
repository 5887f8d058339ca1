//! Heterogeneous JSON arrays into structs, enveloped messages by their type.
