//! The attributes of larder.
