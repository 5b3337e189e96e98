//! Agreement of a clustering with gold labels.
